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

"""Odometry with drift."""

import math

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift


def test_circle_closes():
    stamps = np.linspace(0.0, 20.0, 1001)
    turn = np.full(1001, 2.0 * math.pi / 20.0)
    poses = dead_reckon(stamps, np.full(1001, 10.0), np.zeros(1001), turn).poses
    radius = 10.0 / turn[0]
    assert poses[-1] == pytest.approx((0.0, 0.0, 0.0), abs=1e-3)
    assert poses[500, :2] == pytest.approx((0.0, 2.0 * radius), abs=1e-3)


def test_midpoint_rule_is_as_good_as_stated():
    """Compare one second at 50 Hz with the same second at 50 kHz."""
    def drive(count):
        t = np.linspace(0.0, 1.0, count)
        return dead_reckon(t, 15.0 + 5.0 * t, 0.0 * t, 0.5 * np.cos(t)).poses[-1]

    assert np.abs(drive(51) - drive(50001))[:2].max() < 50 * 1e-5


def test_scale_drift_is_its_part_of_the_distance():
    stamps = np.arange(0.0, 10.1, 0.1)
    reckoned = dead_reckon(stamps, np.full(101, 10.0), np.zeros(101), np.zeros(101),
                           OdometryDrift(scale=0.02))
    assert reckoned.poses[-1] == pytest.approx((102.0, 0.0, 0.0))
    assert reckoned.forward_mps[0] == pytest.approx(10.2)


def test_yaw_drift_grows_with_time():
    stamps = np.arange(0.0, 10.1, 0.1)
    reckoned = dead_reckon(stamps, np.zeros(101), np.zeros(101), np.zeros(101),
                           OdometryDrift(yaw_deg_per_s=0.1))
    assert math.degrees(reckoned.poses[-1, 2]) == pytest.approx(1.0)


def test_sideways_speed_moves_to_the_left():
    poses = dead_reckon(np.array([0.0, 1.0]), np.zeros(2), np.ones(2), np.zeros(2)).poses
    assert poses[-1] == pytest.approx((0.0, 1.0, 0.0))


@pytest.mark.parametrize('scale, yaw', [(-1.0, 0.0), (math.nan, 0.0), (0.0, math.inf)])
def test_impossible_drift_is_refused(scale, yaw):
    with pytest.raises(RecordingError, match='drift'):
        OdometryDrift(scale, yaw)
