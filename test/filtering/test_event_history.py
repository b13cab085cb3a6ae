# Copyright 2026 The xview_loc Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Events in their place, whenever they arrive."""

from __future__ import annotations

from fake_belief import gaussian_belief

from xview_loc.filtering.event_history import EventHistory
from xview_loc.filtering.filter_event import EventKey, EventKind, FilterEvent


def event(stamp, kind=EventKind.FIX, tag=''):
    return FilterEvent(EventKey(stamp, kind, tag), f'{kind.name} {stamp}')


def handle_all(history):
    """Handle what waits; return the payloads in order."""
    order = []
    while (pending := history.next_pending()) is not None:
        order.append(pending.payload)
        history.append(pending, gaussian_belief(stamp=pending.key.stamp, count=50))
    return order


def test_events_wait_in_the_order_of_stamp_and_kind():
    history = EventHistory(10.0)
    for item in (event(2.0), event(1.0, EventKind.IMAGE), event(1.0), event(1.0, EventKind.POSE)):
        history.insert(item)
    assert handle_all(history) == ['POSE 1.0', 'FIX 1.0', 'IMAGE 1.0', 'FIX 2.0']


def test_a_late_event_undoes_what_came_after_it():
    history = EventHistory(10.0)
    for stamp in (1.0, 2.0, 4.0, 5.0):
        history.insert(event(stamp))
    handle_all(history)
    assert history.insert(event(3.0)) == 2
    assert history.belief.stamp == 2.0
    assert handle_all(history) == ['FIX 3.0', 'FIX 4.0', 'FIX 5.0']


def test_undone_ticks_do_not_come_back():
    history = EventHistory(10.0)
    history.insert(event(1.0))
    handle_all(history)
    history.append(event(2.0, EventKind.TICK), gaussian_belief(stamp=2.0, count=50))
    assert history.undo_after(1.5) == 1
    assert history.pending_count == 0
    assert history.belief.stamp == 1.0


def test_the_history_forgets_and_says_what_is_too_late():
    history = EventHistory(2.0)
    for stamp in (1.0, 2.0, 3.0, 4.5):
        history.insert(event(stamp))
    handle_all(history)
    assert history.is_too_late(event(2.0).key)
    assert not history.is_too_late(event(2.6).key)
    assert history.belief_before(2.7).stamp == 2.0
    assert history.belief_before(1.5) is None
    assert len(history.handled) == 2


def test_known_events_are_recognised_waiting_or_handled():
    history = EventHistory(10.0)
    history.insert(event(1.0, tag='a'))
    assert history.contains(event(1.0, tag='a').key)
    assert not history.contains(event(1.0, tag='b').key)
    handle_all(history)
    assert history.contains(event(1.0, tag='a').key)


def test_the_number_of_waiting_events_is_bounded_and_the_farthest_future_goes():
    history = EventHistory(10.0, largest_count=5)
    for stamp in (9e9, 1.0, 2.0, 3.0, 4.0, 5.0):
        history.insert(event(stamp))
    assert history.pending_count == 5
    assert handle_all(history)[-1] == 'FIX 5.0'


def test_random_numbers_belong_to_the_event():
    draws = [EventKey(stamp, kind, tag).generator(seed).random()
             for stamp, kind, tag, seed in (
                 (1.0, EventKind.FIX, '', 0), (1.0, EventKind.FIX, '', 0),
                 (1.0, EventKind.FIX, '', 1), (1.0, EventKind.IMAGE, '', 0),
                 (1.0, EventKind.FIX, 'x', 0), (-1.5, EventKind.FIX, '', 0))]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 5
