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

"""Planar poses compose like the matrices they stand for."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2


def matrix(pose: Pose2) -> np.ndarray:
    """Return the homogeneous matrix of a pose."""
    cosine, sine = math.cos(pose.yaw), math.sin(pose.yaw)
    return np.array([[cosine, -sine, pose.x], [sine, cosine, pose.y], [0.0, 0.0, 1.0]])


FIRST, SECOND = Pose2(3.0, -7.0, 2.5), Pose2(-1.0, 4.0, 1.9)


def test_composition_is_the_product_of_matrices():
    np.testing.assert_allclose(matrix(FIRST @ SECOND), matrix(FIRST) @ matrix(SECOND), atol=1e-12)


def test_the_inverse_is_the_inverse_matrix():
    np.testing.assert_allclose(matrix(FIRST.inverse()), np.linalg.inv(matrix(FIRST)), atol=1e-12)


def test_between_leads_from_one_pose_to_the_other():
    there = FIRST @ FIRST.between(SECOND)

    np.testing.assert_allclose(there.as_array(), SECOND.as_array(), atol=1e-12)


def test_a_point_ahead_of_a_vehicle_that_faces_north_lies_north_of_it():
    point = Pose2(10.0, 20.0, math.pi / 2).transform(np.array([5.0, 1.0]))

    np.testing.assert_allclose(point, (9.0, 25.0), atol=1e-12)


def test_points_of_any_leading_shape_are_transformed():
    points = np.arange(24.0).reshape(3, 4, 2)

    moved = FIRST.transform(points)

    assert moved.shape == points.shape
    expected = matrix(FIRST) @ np.array([*points[2, 1], 1.0])
    np.testing.assert_allclose(moved[2, 1], expected[:2], atol=1e-12)


def test_interpolation_takes_the_shorter_arc_across_west():
    middle = Pose2(0.0, 0.0, 3.0).interpolate(Pose2(2.0, 4.0, -3.0), 0.5)

    assert (middle.x, middle.y) == (1.0, 2.0)
    assert abs(middle.yaw) == pytest.approx(math.pi)


def test_distance_ignores_yaw():
    assert Pose2(0.0, 0.0, 1.0).distance_to(Pose2(3.0, 4.0, -1.0)) == pytest.approx(5.0)
