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

"""Receiver, odometry and inertial unit err as they are meant to."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.building import Building, RoofKind
from xview_loc.simulation.camera_sensor import CameraSensor, SensorModel
from xview_loc.simulation.drive import Motion, plan_drive
from xview_loc.simulation.gnss_sensor import GnssModel, measure_gnss
from xview_loc.simulation.imu_sensor import GRAVITY, ImuModel, measure_imu
from xview_loc.simulation.odometry_sensor import measure_odometry, OdometryModel
from xview_loc.simulation.polyline import filleted

ROUTE = filleted([[0.0, 0.0], [150.0, 0.0], [150.0, 150.0], [400.0, 150.0], [400.0, 500.0]],
                 12.0).smoothed(1.5)


@pytest.fixture(scope='module')
def drive():
    """Return a drive of one minute with three turns and a stop."""
    return plan_drive(ROUTE, Motion(stops=(100.0,)), np.random.default_rng(1))


def tower(x, y, height):
    """Return a building that reflects, or is too low for that."""
    return Building(Pose2(x, y, 0.0), 10.0, 10.0, height, RoofKind.FLAT, 0.0, 0)


def gnss_errors(drive, buildings, seed, model=None):
    """Return the distances of the fixes from the truth."""
    track = measure_gnss(drive, buildings, model or GnssModel(), np.random.default_rng(seed))
    return np.hypot(*(track.position - drive.pose[track.indices, :2]).T)


def test_the_median_error_of_the_receiver_in_a_town_is_some_metres(drive):
    houses = tuple(tower(x, 14.0, 15.0) for x in range(0, 150, 20))
    medians = [np.median(gnss_errors(drive, houses, seed)) for seed in range(20)]
    assert 2.2 < np.median(medians) < 3.6


def test_bursts_come_only_beside_tall_buildings(drive):
    quiet = GnssModel(noise_m=0.01, bias_m=0.0, burst_rate=1.0)
    assert gnss_errors(drive, (), 0, quiet).max() < 0.1
    assert gnss_errors(drive, (tower(60.0, 15.0, 5.0),), 0, quiet).max() < 0.1
    assert gnss_errors(drive, (tower(60.0, 15.0, 15.0),), 0, quiet).max() > 2.0


def test_the_bias_changes_slowly(drive):
    model = GnssModel(noise_m=0.0, burst_rate=0.0)
    track = measure_gnss(drive, (), model, np.random.default_rng(2))
    errors = track.position - drive.pose[track.indices, :2]
    assert np.hypot(*np.diff(errors, axis=0).T).max() < 0.9
    assert np.hypot(*errors.T).max() > 0.3


def test_perfect_odometry_reproduces_the_path(drive):
    perfect = OdometryModel(50.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    track = measure_odometry(drive, perfect, np.random.default_rng(0))
    start = drive.pose_at(0)
    ends = [(start @ pose).distance_to(drive.pose_at(index))
            for index, pose in zip(track.indices, track.poses)]
    assert max(ends) < 0.5


def test_odometry_drifts_by_one_to_three_percent_and_not_at_a_halt(drive):
    travelled = np.trapezoid(drive.speed, dx=0.01) if hasattr(np, 'trapezoid') else (
        drive.speed.sum() * 0.01)
    for seed in range(5):
        track = measure_odometry(drive, OdometryModel(), np.random.default_rng(seed))
        end = drive.pose_at(0) @ track.poses[-1]
        assert 0.004 < end.distance_to(drive.pose_at(len(drive) - 1)) / travelled < 0.05
    halted = drive.speed[track.indices] < 1e-3
    assert np.abs(track.twist[halted]).max(initial=0.0) < 0.01


def test_the_inertial_unit_feels_gravity_turns_and_attitude(drive):
    track = measure_imu(drive, ImuModel(), np.random.default_rng(3))
    assert track.linear_acceleration[:, 2].mean() == pytest.approx(GRAVITY, abs=0.05)
    assert np.abs(track.attitude[:, 0] - drive.roll[track.indices]).max() < math.radians(0.5)
    assert np.abs(track.attitude[:, 1] - drive.pitch[track.indices]).max() < math.radians(0.5)
    turning = np.abs(drive.yaw_rate[track.indices]) > 0.1
    errors = track.angular_velocity[turning, 2] - drive.yaw_rate[track.indices][turning]
    assert np.abs(errors).mean() < 0.01


def exposed(count=12, **changes):
    """Return some exposures of mid grey."""
    sensor = CameraSensor((64, 100), 10.0, SensorModel(**changes), np.random.default_rng(0))
    return np.array([sensor.expose(np.full((64, 100, 3), 128, np.uint8)) for _ in range(count)])


def test_the_sensor_adds_noise_of_the_given_strength():
    pictures = exposed(noise=5.0, exposure_swing=0.0, vignetting=0.0)
    spread = (pictures[0].astype(float) - pictures[1]).std() / math.sqrt(2.0)
    assert spread == pytest.approx(5.0, rel=0.3)


def test_exposure_wanders_and_corners_are_darker():
    pictures = exposed(60, noise=0.0).astype(float)
    means = pictures.mean(axis=(1, 2, 3))
    assert means.max() - means.min() > 5.0
    assert np.abs(np.diff(means)).max() < 20.0
    assert pictures[0, 0, 0].mean() < 0.85 * pictures[0, 32, 50].mean()


def test_a_covered_lens_shows_nothing_but_faint_noise():
    pictures = exposed(blackout=True)
    assert pictures.max() < 12
