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

"""The clock of playback."""

import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.playback_clock import PlaybackClock


class SteadyClock:
    """A steady clock that is set by hand."""

    def __init__(self):
        self.ns = 5_000

    def __call__(self):
        return self.ns


def test_time_passes_at_the_rate():
    steady = SteadyClock()
    clock = PlaybackClock(100, 2.5, steady_ns=steady)
    steady.ns += 1_000
    assert clock.now_ns() == 2_600
    assert clock.wall_seconds_until(2_600 + 5_000) == pytest.approx(2e-6)


def test_pauses_do_not_add_up_to_drift():
    """An hour with a pause every second of odd length stays within rounding."""
    steady = SteadyClock()
    clock = PlaybackClock(0, 1.0, steady_ns=steady)
    played = 0
    for i in range(3600):
        steady.ns += 999_999_937
        played += 999_999_937
        clock.set_paused(True)
        steady.ns += 1_234_567 * i
        assert clock.now_ns() == played
        clock.set_paused(False)
    assert clock.now_ns() == played


def test_paused_clock_never_arrives():
    steady = SteadyClock()
    clock = PlaybackClock(100, paused=True, steady_ns=steady)
    steady.ns += 10**9
    assert clock.now_ns() == 100
    assert clock.wall_seconds_until(50) == float('inf')


def test_pausing_twice_changes_nothing():
    steady = SteadyClock()
    clock = PlaybackClock(0, steady_ns=steady)
    steady.ns += 10
    clock.set_paused(True)
    clock.set_paused(True)
    steady.ns += 10
    clock.set_paused(False)
    clock.set_paused(False)
    steady.ns += 5
    assert clock.now_ns() == 15


def test_jump_goes_on_from_there():
    steady = SteadyClock()
    clock = PlaybackClock(1_000, steady_ns=steady)
    steady.ns += 500
    clock.jump_to(1_000)
    steady.ns += 7
    assert clock.now_ns() == 1_007


@pytest.mark.parametrize('rate', [0.0, -1.0, float('nan'), float('inf')])
def test_impossible_rates_are_refused(rate):
    with pytest.raises(RecordingError, match='rate'):
        PlaybackClock(0, rate)
