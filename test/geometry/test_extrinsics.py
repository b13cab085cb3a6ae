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

"""Rotations keep to REP-103: x forward, y left, z up, and a positive pitch is nose down."""

import math

import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.extrinsics import (
    camera_mounting, inverse_transform, quaternion_from_rotation, quaternion_from_rpy,
    quaternion_from_yaw, rigid_transform, roll_pitch_yaw_from_quaternion, rotation_from_quaternion,
    rotation_from_rpy, rpy_from_rotation)

ANGLES = [(0.1, -0.2, 0.3), (-3.0, 1.2, -2.0), (0.0, 0.0, math.pi), (math.pi, 0.0, 0.0),
          (0.0, 3.0, 0.0), (2.2, -1.5, 3.0)]


def test_a_positive_pitch_turns_the_nose_down():
    nose = rotation_from_rpy(0.0, 0.1, 0.0) @ (1.0, 0.0, 0.0)

    np.testing.assert_allclose(nose, (math.cos(0.1), 0.0, -math.sin(0.1)))


def test_a_positive_roll_lifts_the_left_side_and_a_positive_yaw_turns_left():
    assert (rotation_from_rpy(0.1, 0.0, 0.0) @ (0.0, 1.0, 0.0))[2] == pytest.approx(math.sin(0.1))
    assert (rotation_from_rpy(0.0, 0.0, 0.1) @ (1.0, 0.0, 0.0))[1] == pytest.approx(math.sin(0.1))


@pytest.mark.parametrize('angles', ANGLES)
def test_roll_pitch_and_yaw_of_a_rotation_give_the_rotation_again(angles):
    rotation = rotation_from_rpy(*angles)

    np.testing.assert_allclose(rotation_from_rpy(*rpy_from_rotation(rotation)), rotation,
                               atol=1e-12)


@pytest.mark.parametrize('sign', [-1.0, 1.0])
def test_at_a_vertical_nose_the_yaw_takes_the_whole_turn(sign):
    rotation = rotation_from_rpy(0.4, sign * math.pi / 2, 0.9)

    roll, _, _ = angles = rpy_from_rotation(rotation)

    assert roll == 0.0
    np.testing.assert_allclose(rotation_from_rpy(*angles), rotation, atol=1e-9)


@pytest.mark.parametrize('angles', ANGLES)
def test_quaternions_and_rotations_are_the_same_turn(angles):
    rotation = rotation_from_rpy(*angles)

    np.testing.assert_allclose(rotation_from_quaternion(*quaternion_from_rotation(rotation)),
                               rotation, atol=1e-12)
    np.testing.assert_allclose(rotation_from_quaternion(*quaternion_from_rpy(*angles)), rotation,
                               atol=1e-12)


def test_a_quaternion_need_not_be_of_unit_length():
    np.testing.assert_allclose(rotation_from_quaternion(0.0, 0.0, 3.0, 3.0),
                               rotation_from_rpy(0.0, 0.0, math.pi / 2), atol=1e-12)


def test_the_quaternion_of_a_yaw_has_no_roll_and_no_pitch():
    assert roll_pitch_yaw_from_quaternion(*quaternion_from_yaw(-2.5)) == pytest.approx(
        (0.0, 0.0, -2.5))


@pytest.mark.parametrize('quaternion', [
    (0.0, 0.0, 0.0, 0.0), (math.nan, 0.0, 0.0, 1.0), (math.inf, 0.0, 0.0, 1.0)])
def test_what_is_no_rotation_is_refused(quaternion):
    with pytest.raises(GeometryError, match='no rotation'):
        rotation_from_quaternion(*quaternion)


def test_the_inverse_of_a_transform_undoes_it():
    transform = rigid_transform((1.0, -2.0, 3.0), rotation_from_rpy(0.3, -0.8, 2.0))

    np.testing.assert_allclose(inverse_transform(transform) @ transform, np.eye(4), atol=1e-12)


def test_a_level_camera_looks_along_x_with_its_right_to_the_right_of_the_vehicle():
    rotation = camera_mounting(1.0, 2.0, 3.0)[:3, :3]

    np.testing.assert_allclose(rotation @ (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(rotation @ (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(rotation @ (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), atol=1e-12)


def test_a_camera_with_a_positive_pitch_looks_down_and_with_a_positive_yaw_to_the_left():
    down = camera_mounting(0.0, 0.0, 1.0, pitch=0.2)[:3, :3] @ (0.0, 0.0, 1.0)
    left = camera_mounting(0.0, 0.0, 1.0, yaw=0.2)[:3, :3] @ (0.0, 0.0, 1.0)

    assert down[2] == pytest.approx(-math.sin(0.2))
    assert left[1] == pytest.approx(math.sin(0.2))
