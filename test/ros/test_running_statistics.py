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

"""Rates and durations for diagnostics."""

import math

import numpy as np
import pytest

from xview_loc.ros import running_statistics
from xview_loc.ros.running_statistics import Durations, Rate, StampGaps


class FakeTime:
    """A clock that moves when told."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock."""
    fake = FakeTime()
    monkeypatch.setattr(running_statistics, 'time', fake)
    return fake


def test_the_rate_is_that_of_the_window(clock):
    rate = Rate(window_s=5.0)
    for _ in range(100):
        clock.now += 0.1
        rate.tick()
    assert rate.hertz == pytest.approx(10.0, rel=0.03)
    assert rate.count == 100
    clock.now += 4.0
    assert rate.hertz == pytest.approx(2.0, rel=0.15)
    assert rate.silence_s == pytest.approx(4.0)


def test_a_young_rate_is_not_diluted_by_the_time_before_the_start(clock):
    rate = Rate(window_s=5.0)
    for _ in range(10):
        clock.now += 0.1
        rate.tick()
    assert rate.hertz == pytest.approx(10.0)


def test_nothing_yet_is_silence_since_the_start(clock):
    rate = Rate()
    clock.now += 3.0
    assert (rate.hertz, rate.silence_s, rate.ever) == (0.0, 3.0, False)


def test_percentiles_ignore_what_is_not_finite():
    durations = Durations()
    for value in (0.1, math.nan, 0.3, math.inf, 0.2):
        durations.add(value)
    assert durations.percentile(50.0) == pytest.approx(0.2)
    assert math.isnan(Durations().percentile(50.0))


def gaps_of(stamps):
    """Return the share of missing stamps."""
    gaps = StampGaps()
    for stamp in stamps:
        gaps.add(stamp)
    return gaps.missing


def test_a_regular_stream_with_jitter_misses_nothing():
    random = np.random.default_rng(0)
    assert gaps_of(0.1 * np.arange(60) + random.uniform(-0.01, 0.01, 60)) == 0.0


def test_every_fourth_message_lost_is_a_quarter():
    stamps = [0.1 * index for index in range(100) if index % 4]
    assert gaps_of(stamps) == pytest.approx(0.25, abs=0.02)


def test_too_few_messages_say_nothing():
    assert gaps_of([0.0, 0.1, 0.9]) == 0.0


def test_a_jump_back_starts_anew():
    stamps = [*(0.1 * np.arange(30)), *(0.1 * np.arange(5))]
    assert gaps_of(stamps) == 0.0
