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

"""The vehicle moves as vehicles do."""

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.simulation.drive import Motion, plan_drive, RATE_HZ
from xview_loc.simulation.polyline import filleted, Polyline

LOOP = filleted([[0.0, 0.0], [120.0, 0.0], [120.0, 120.0], [300.0, 120.0]], 9.0).smoothed(1.5)


def drive_of(**changes):
    """Return a drive around one left and one right turn."""
    motion = Motion(**{'duration_s': 25.0, **changes})
    return plan_drive(LOOP, motion, np.random.default_rng(0))


def test_speed_and_lateral_acceleration_stay_below_their_limits():
    drive = drive_of()
    assert drive.speed.max() <= 14.01
    assert np.abs(drive.speed * drive.yaw_rate).max() < 2.2 * 1.25
    assert drive.acceleration.min() > -2.4 * 1.2 and drive.acceleration.max() < 1.7 * 1.2


def test_speed_is_the_change_of_the_position():
    drive = drive_of()
    steps = np.hypot(*np.diff(drive.pose[:, :2], axis=0).T) * RATE_HZ
    assert np.abs(steps - drive.speed[:-1]).max() < 0.1


def test_the_vehicle_looks_where_it_goes():
    drive = drive_of()
    steps = np.diff(drive.pose[:, :2], axis=0)
    courses = np.arctan2(steps[:, 1], steps[:, 0])
    assert np.abs(courses - drive.pose[:-1, 2]).max() < 0.03


def test_it_halts_at_a_stop_for_the_time_asked():
    drive = drive_of(stops=(60.0,), halt_s=4.0)
    halted = drive.speed < 0.3
    assert 3.5 < halted.sum() / RATE_HZ < 6.0
    assert np.hypot(*(drive.pose[np.argmin(drive.speed), :2] - (60.0, 0.0))) < 1.0


def test_braking_dips_the_nose_and_a_left_turn_leans_to_the_right():
    drive = drive_of(stops=(60.0,))
    braking = drive.acceleration < -1.5
    turning = drive.speed * drive.yaw_rate > 1.5
    assert np.degrees(drive.pitch[braking].mean()) > 0.4
    assert np.degrees(drive.roll[turning].mean()) > 0.3
    assert np.degrees(np.abs(drive.pitch).max()) < 3.0


def test_a_route_too_short_for_the_time_is_refused():
    with pytest.raises(ConfigurationError, match='30 m long'):
        plan_drive(Polyline([[0.0, 0.0], [30.0, 0.0]]), Motion(duration_s=20.0),
                   np.random.default_rng(0))


def test_sensors_measure_only_at_rates_that_divide_the_clock():
    drive = drive_of()
    assert np.diff(drive.indices(10.0)).tolist()[:3] == [10, 10, 10]
    for rate in (30.0, 200.0):
        with pytest.raises(ConfigurationError, match='must divide'):
            drive.indices(rate)


def test_a_motion_without_brakes_is_refused():
    with pytest.raises(ConfigurationError, match='must be positive'):
        Motion(brake=0.0)
