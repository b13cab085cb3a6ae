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

"""Roll and pitch come from the best source that has them."""

import math

import pytest

from xview_loc.camera.attitude import Attitude, AttitudeBuffer, AttitudeSource
from xview_loc.errors import GeometryError
from xview_loc.geometry.extrinsics import (
    quaternion_from_rotation, quaternion_from_rpy, rotation_from_rpy)

LEVEL = Attitude(0.0, 0.0, AttitudeSource.LEVEL)


def assert_attitude(attitude, roll, pitch, source):
    """Compare an attitude."""
    assert (attitude.roll, attitude.pitch) == pytest.approx((roll, pitch), abs=1e-9)
    assert attitude.source is source


def test_without_any_sensor_the_vehicle_is_level():
    assert AttitudeBuffer().at(3.0) == LEVEL


@pytest.mark.parametrize('yaw', [0.0, 1.0, -3.0])
def test_roll_and_pitch_are_those_of_the_quaternion_whatever_the_yaw(yaw):
    buffer = AttitudeBuffer()
    buffer.add(1.0, quaternion_from_rpy(0.02, -0.05, yaw), AttitudeSource.IMU)

    assert_attitude(buffer.at(1.0), 0.02, -0.05, AttitudeSource.IMU)


def test_the_imu_goes_before_the_odometry_and_the_odometry_before_level():
    buffer = AttitudeBuffer(max_age_s=0.2)
    for stamp in (1.0, 2.0):
        buffer.add(stamp, quaternion_from_rpy(0.0, 0.01, 0.0), AttitudeSource.ODOMETRY)
    buffer.add(1.0, quaternion_from_rpy(0.0, 0.03, 0.0), AttitudeSource.IMU)

    assert_attitude(buffer.at(1.1), 0.0, 0.03, AttitudeSource.IMU)
    assert_attitude(buffer.at(2.1), 0.0, 0.01, AttitudeSource.ODOMETRY)
    assert buffer.at(2.3) == LEVEL


def test_between_two_measurements_the_attitude_is_interpolated():
    buffer = AttitudeBuffer()
    buffer.add(1.0, quaternion_from_rpy(0.0, 0.02, 0.5), AttitudeSource.IMU)
    buffer.add(1.1, quaternion_from_rpy(0.04, 0.06, 0.6), AttitudeSource.IMU)

    assert_attitude(buffer.at(1.025), 0.01, 0.03, AttitudeSource.IMU)


def test_across_a_gap_only_a_near_measurement_counts():
    buffer = AttitudeBuffer(max_age_s=0.2)
    buffer.add(1.0, quaternion_from_rpy(0.0, 0.02, 0.0), AttitudeSource.IMU)
    buffer.add(3.0, quaternion_from_rpy(0.0, 0.08, 0.0), AttitudeSource.IMU)

    assert_attitude(buffer.at(1.1), 0.0, 0.02, AttitudeSource.IMU)
    assert buffer.at(2.0) == LEVEL
    assert_attitude(buffer.at(2.9), 0.0, 0.08, AttitudeSource.IMU)


def test_the_mounting_of_the_sensor_is_taken_out():
    base_from_sensor = rotation_from_rpy(math.pi, 0.0, math.pi / 2)
    world_from_base = rotation_from_rpy(0.03, -0.04, 2.0)
    world_from_sensor = world_from_base @ base_from_sensor
    buffer = AttitudeBuffer()

    buffer.add(1.0, quaternion_from_rotation(world_from_sensor), AttitudeSource.IMU,
               base_from_sensor)

    assert_attitude(buffer.at(1.0), 0.03, -0.04, AttitudeSource.IMU)


def test_an_imu_whose_world_points_down_is_refused_in_a_sentence():
    with pytest.raises(GeometryError, match='world frame points up'):
        AttitudeBuffer().add(1.0, quaternion_from_rpy(math.pi, 0.0, 0.0), AttitudeSource.IMU)


def test_an_orientation_that_was_never_set_is_refused_and_nothing_is_lost():
    buffer = AttitudeBuffer()
    buffer.add(1.0, quaternion_from_rpy(0.0, 0.02, 0.0), AttitudeSource.IMU)

    with pytest.raises(GeometryError, match='no rotation'):
        buffer.add(1.01, (0.0, 0.0, 0.0, 0.0), AttitudeSource.IMU)
    assert_attitude(buffer.at(1.01), 0.0, 0.02, AttitudeSource.IMU)


def test_measurements_of_long_ago_are_told_so_that_a_jump_in_time_is_seen():
    buffer = AttitudeBuffer(duration_s=5.0)
    level = quaternion_from_rpy(0.0, 0.0, 0.0)

    assert buffer.add(100.0, level, AttitudeSource.IMU)
    assert not buffer.add(3.0, level, AttitudeSource.IMU)
    buffer.clear()
    assert buffer.add(3.0, level, AttitudeSource.IMU)
    assert buffer.at(100.0) == LEVEL


@pytest.mark.parametrize('settings', [
    {'duration_s': 0.0}, {'max_age_s': 0.0}, {'max_tilt': 0.0}, {'max_tilt': 4.0}])
def test_limits_must_be_positive(settings):
    with pytest.raises(GeometryError):
        AttitudeBuffer(**settings)
