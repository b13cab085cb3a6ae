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

"""The slot keeps the newest value and never blocks its producer."""

from threading import Thread

from xview_loc.ros.latest_slot import LatestSlot


def test_the_newest_value_replaces_an_unread_one_and_that_is_counted():
    slot = LatestSlot()
    for value in (1, 2, 3):
        slot.put(value)
    assert slot.take(0.0) == 3
    assert slot.overwritten == 2
    assert slot.empty


def test_taking_from_an_empty_slot_gives_nothing_after_the_timeout():
    assert LatestSlot().take(0.01) is None


def test_a_value_read_in_time_is_not_counted_as_overwritten():
    slot = LatestSlot()
    slot.put('a')
    slot.take(0.0)
    slot.put('b')
    assert slot.overwritten == 0


def test_a_waiting_consumer_is_woken_by_a_value():
    slot, taken = LatestSlot(), []
    thread = Thread(target=lambda: taken.append(slot.take(5.0)))
    thread.start()
    slot.put('value')
    thread.join(5.0)
    assert taken == ['value']


def test_closing_wakes_the_consumer_and_refuses_further_values():
    slot, taken = LatestSlot(), []
    thread = Thread(target=lambda: taken.append(slot.take()))
    thread.start()
    slot.close()
    thread.join(5.0)
    slot.put('late')
    assert taken == [None]
    assert slot.empty


def test_clearing_is_not_counted():
    slot = LatestSlot()
    slot.put(1)
    slot.clear()
    assert slot.take(0.0) is None
    assert slot.overwritten == 0


def test_it_is_idle_only_when_what_was_taken_is_done():
    slot = LatestSlot()
    assert slot.idle
    slot.put(1)
    assert not slot.idle
    slot.take(0.0)
    assert not slot.idle
    slot.done()
    assert slot.idle
    assert slot.take(0.0) is None
    assert slot.idle
