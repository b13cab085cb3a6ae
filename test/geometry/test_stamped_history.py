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

"""Histories keep the order of time whatever order things arrive in."""

import math
import sys
from threading import Thread

import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.stamped_history import StampedHistory


def filled(*stamps: float, duration_s: float = 10.0) -> StampedHistory[str]:
    """Return a history with values named after their stamps."""
    history: StampedHistory[str] = StampedHistory(duration_s)
    for stamp in stamps:
        history.add(stamp, str(stamp))
    return history


def test_an_empty_history_knows_nothing():
    history = filled()

    assert (history.latest, history.span, len(history)) == (None, None, 0)
    assert history.bracket(1.0) == (None, None)


def test_values_that_arrive_late_are_put_in_their_place():
    history = filled(1.0, 3.0, 2.0)

    assert history.latest == (3.0, '3.0')
    assert history.bracket(1.5) == ((1.0, '1.0'), (2.0, '2.0'))


@pytest.mark.parametrize('stamp, before, after', [
    (0.5, None, 1.0), (1.0, 1.0, 2.0), (2.0, 2.0, None), (2.5, 2.0, None)])
def test_the_bracket_of_a_time_begins_at_or_before_it(stamp, before, after):
    found = filled(1.0, 2.0).bracket(stamp)

    assert tuple(entry and entry[0] for entry in found) == (before, after)


def test_a_stamp_that_is_held_already_gets_the_new_value():
    history = filled(1.0, 2.0)

    assert history.add(1.0, 'new')
    assert history.bracket(1.0)[0] == (1.0, 'new') and len(history) == 2


def test_old_values_are_forgotten_and_older_ones_refused():
    history = filled(0.0, 5.0, 10.0, 12.0)

    assert history.span == (5.0, 12.0)
    assert not history.add(1.9, 'too late')
    assert history.add(2.0, 'just in time')


def test_a_cleared_history_starts_anew_at_any_time():
    history = filled(100.0)
    history.clear()

    assert history.add(1.0, 'again') and history.span == (1.0, 1.0)


@pytest.mark.parametrize('stamp', [math.nan, math.inf, -math.inf])
def test_a_stamp_that_is_no_time_is_refused_and_nothing_is_lost(stamp):
    history = filled(1.0, 2.0)

    with pytest.raises(GeometryError):
        history.add(stamp, 'x')
    assert history.span == (1.0, 2.0)


@pytest.mark.parametrize('duration', [0.0, -1.0, math.nan])
def test_a_history_needs_a_duration(duration):
    with pytest.raises(GeometryError, match='positive'):
        StampedHistory(duration)


def test_looking_up_while_another_thread_adds_and_clears_finds_matching_entries():
    history = filled(duration_s=0.05)
    usual_interval = sys.getswitchinterval()

    def write():
        for count in range(20_000):
            history.add(count * 0.001, str(count * 0.001))
            if count % 500 == 0:
                history.clear()

    writer = Thread(target=write)
    try:
        sys.setswitchinterval(1e-6)
        writer.start()
        while writer.is_alive():
            latest = history.latest
            stamp = latest[0] if latest else 0.0
            for entry in (latest, *history.bracket(stamp - 0.01)):
                assert entry is None or entry[1] == str(entry[0])
    finally:
        sys.setswitchinterval(usual_interval)
        writer.join()
