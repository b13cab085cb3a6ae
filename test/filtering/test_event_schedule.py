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

"""The order in which events are handled, and for how long they wait."""

from __future__ import annotations

import numpy as np
import pytest

from xview_loc.filtering.belief import Belief
from xview_loc.filtering.event_history import EventHistory
from xview_loc.filtering.event_schedule import EventSchedule
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.filter_event import EventKey, EventKind, FilterEvent
from xview_loc.filtering.odometry_track import OdometryTrack
from xview_loc.geometry.pose2 import Pose2

CONFIG = FilterConfig(reorder_delay_s=0.2, odometry_patience_s=0.5, tick_s=1.0)


@pytest.fixture
def history():
    """Return a history whose belief stands at 10.3 s."""
    result = EventHistory(2.0)
    result.append(fix(10.3), Belief(10.3, np.zeros((9, 1)), np.ones(1), np.eye(4)))
    return result


def fix(stamp):
    return FilterEvent(EventKey(stamp, EventKind.FIX))


def odometry(*stamps):
    result = OdometryTrack(100.0)
    for stamp in stamps:
        result.add(stamp, Pose2(0.0, 0.0, 0.0))
    return result


def stamp_of_next(history, now, track):
    event = EventSchedule(CONFIG).next_ripe(history, track, now)
    return None if event is None else (event.key.stamp, event.key.kind)


def test_a_measurement_waits_for_earlier_ones(history):
    history.insert(fix(10.5))
    moved = odometry(10.0, 12.0)
    assert stamp_of_next(history, 10.6, moved) is None
    assert stamp_of_next(history, 10.75, moved) == (10.5, EventKind.FIX)


def test_a_measurement_waits_longer_for_odometry(history):
    history.insert(fix(10.5))
    moved = odometry(10.0, 10.4)
    assert stamp_of_next(history, 11.1, moved) is None
    assert stamp_of_next(history, 11.25, moved) == (10.5, EventKind.FIX)


def test_the_first_measurement_needs_no_odometry():
    history = EventHistory(2.0)
    assert stamp_of_next(history, 100.0, odometry()) is None
    history.insert(fix(10.5))
    assert stamp_of_next(history, 10.75, odometry()) == (10.5, EventKind.FIX)


def test_a_tick_comes_before_a_later_measurement(history):
    history.insert(fix(11.5))
    assert stamp_of_next(history, 20.0, odometry(10.0, 20.0)) == (11.0, EventKind.TICK)


def test_a_leap_of_the_clock_takes_long_steps(history):
    stamp, kind = stamp_of_next(history, 3010.3, odometry())
    assert (stamp, kind) == (21.0, EventKind.TICK)
