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

"""Fisheye cameras agree with OpenCV and see behind themselves."""

import math

import cv2
import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.fisheye_camera import FisheyeCamera

INTRINSICS = (300.0, 310.0, 480.0, 400.0, 800, 960)
COEFFICIENTS = (-0.02, 0.003, -0.001, 0.0002)


def test_projection_is_that_of_opencv():
    points = np.random.default_rng(1).uniform((-6, -4, 1), (6, 4, 5), (500, 3))
    matrix = np.array([[300.0, 0.0, 480.0], [0.0, 310.0, 400.0], [0.0, 0.0, 1.0]])
    expected, _ = cv2.fisheye.projectPoints(points[:, None], np.zeros(3), np.zeros(3), matrix,
                                            np.array(COEFFICIENTS))

    pixels, _ = FisheyeCamera(*INTRINSICS, COEFFICIENTS).project(points)

    np.testing.assert_allclose(pixels, expected[:, 0], atol=1e-9)


def test_an_ideal_lens_maps_angles_to_radii_also_beyond_ninety_degrees():
    angle = math.radians(110.0)
    point = np.array([math.sin(angle), 0.0, math.cos(angle)])

    pixels, visible = FisheyeCamera(200.0, 200.0, 480.0, 400.0, 800, 960).project(point)

    assert pixels.tolist() == pytest.approx([480.0 + 200.0 * angle, 400.0])
    assert visible


def test_the_axis_itself_has_an_image_but_the_opposite_direction_has_none():
    pixels, visible = FisheyeCamera(100.0, 100.0, 480.0, 400.0, 800, 960).project(
        np.array([[0.0, 0.0, 3.0], [0.0, 0.0, -3.0]]))

    assert pixels[0].tolist() == [480.0, 400.0]
    assert visible.tolist() == [True, False]


def test_nothing_is_seen_beyond_the_largest_angle():
    camera = FisheyeCamera(*INTRINSICS, max_angle=math.radians(60.0))
    angles = np.radians([59.9, 60.1])

    _, visible = camera.project(np.stack([np.sin(angles), 0.0 * angles, np.cos(angles)], -1))
    rays = camera.rays(np.stack([480.0 + 300.0 * angles, [400.0, 400.0]], -1))

    assert visible.tolist() == [True, False]
    assert np.isfinite(rays[:, 0]).tolist() == [True, False]


def test_the_polynomial_is_not_used_where_it_folds_over():
    # a - 0.1 a^3 grows up to a = sqrt(1 / 0.3) = 104.6 degrees.
    camera = FisheyeCamera(*INTRINSICS, (-0.1, 0.0, 0.0, 0.0))

    assert math.degrees(camera.max_angle) == pytest.approx(104.6, abs=0.05)


def test_rays_invert_projection_close_to_the_fold():
    camera = FisheyeCamera(*INTRINSICS, (-0.1, 0.0, 0.0, 0.0))
    angle = math.radians(104.0)
    point = np.array([0.0, math.sin(angle), math.cos(angle)])

    np.testing.assert_allclose(camera.rays(camera.project(point)[0]), point, atol=1e-6)


@pytest.mark.parametrize('fields, match', [
    ((0.0, 1.0, 0.0, 0.0, 10, 10), 'positive'),
    ((1.0, 1.0, math.inf, 0.0, 10, 10), 'finite'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1, 0.2)), '4 coefficients'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (), 4.0), 'max_angle')])
def test_what_is_no_fisheye_is_refused_in_a_sentence(fields, match):
    with pytest.raises(GeometryError, match=match):
        FisheyeCamera(*fields)
