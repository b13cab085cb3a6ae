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

"""Perspective cameras agree with OpenCV and refuse what is no camera."""

import math

import cv2
import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.pinhole_camera import PinholeCamera

INTRINSICS = (900.0, 920.0, 640.0, 370.0, 720, 1280)


def opencv_projection(points, distortion):
    """Project with OpenCV's model."""
    matrix = np.array([[900.0, 0.0, 640.0], [0.0, 920.0, 370.0], [0.0, 0.0, 1.0]])
    pixels, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, np.array(distortion))
    return pixels[:, 0]


@pytest.mark.parametrize('model, distortion', [
    ('plumb_bob', (-0.3, 0.1, 0.001, -0.002)),
    ('plumb_bob', (-0.3, 0.1, 0.001, -0.002, -0.01)),
    ('plumb_bob', (0.2, 0.05, 0.0, 0.0, 0.0)),
    ('rational_polynomial', (0.2, -0.05, 0.001, -0.002, 0.01, 0.4, 0.02, 0.003)),
    ('rational_polynomial', (0.2, -0.05, 0.001, -0.002, 0.01, 0.4, 0.02, 0.003,
                             0.0, 0.0, 0.0, 0.0, 0.0, 0.0))])
def test_distortion_is_that_of_opencv(model, distortion):
    points = np.random.default_rng(0).uniform((-3, -2, 4), (3, 2, 8), (500, 3))

    pixels, _ = PinholeCamera(*INTRINSICS, distortion, model).project(points)

    np.testing.assert_allclose(pixels, opencv_projection(points, distortion), atol=1e-9)


def test_without_distortion_the_image_is_similar_triangles():
    pixels, visible = PinholeCamera(*INTRINSICS).project(np.array([1.0, -0.5, 4.0]))

    assert pixels.tolist() == [640.0 + 900.0 / 4.0, 370.0 - 920.0 * 0.5 / 4.0]
    assert visible


def test_points_behind_or_beside_the_camera_have_no_projection(recwarn):
    points = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.1, 0.1, -5.0]])

    pixels, visible = PinholeCamera(*INTRINSICS, (-0.3, 0.1, 0.0, 0.0)).project(points)

    assert np.isnan(pixels).all()
    assert not visible.any()
    assert not recwarn.list


def test_far_points_do_not_fold_back_into_the_image():
    distortion = (-0.3, 0.0, 0.0, 0.0)
    # The image radius r - 0.3 r^3 grows up to r = sqrt(1 / 0.9) and is 0 again at sqrt(1 / 0.3).
    near, folded = math.sqrt(1.0 / 0.9) - 0.01, math.sqrt(1.0 / 0.3) + 0.02
    points = np.array([[near, 0.0, 1.0], [folded, 0.0, 1.0]])

    wrapped = opencv_projection(points, distortion)[1]
    camera = PinholeCamera(400.0, 400.0, 640.0, 360.0, 720, 1280, distortion)
    pixels, visible = camera.project(points)

    assert 0.0 < wrapped[0] < 1280.0
    assert np.isfinite(pixels[0]).all() and np.isnan(pixels[1]).all()
    assert visible.tolist() == [True, False]


def test_pixels_that_no_ray_reaches_have_no_ray():
    # With r - 0.3 r^3 the largest image radius is 0.703 focal lengths.
    camera = PinholeCamera(400.0, 400.0, 640.0, 360.0, 720, 1280, (-0.3, 0.0, 0.0, 0.0))

    rays = camera.rays(np.array([[640.0 + 400.0 * 0.69, 360.0], [640.0 + 400.0 * 0.71, 360.0]]))

    assert np.isfinite(rays[0]).all()
    assert np.isnan(rays[1]).all()


@pytest.mark.parametrize('fields, match', [
    ((0.0, 1.0, 0.0, 0.0, 10, 10), 'not calibrated'),
    ((1.0, -1.0, 0.0, 0.0, 10, 10), 'positive'),
    ((1.0, 1.0, math.nan, 0.0, 10, 10), 'finite'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1, 0.2)), '2'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1, 0.2, math.nan, 0.0)), 'coefficients must be finite'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1,) * 14, 'rational_polynomial'), 'thin prism'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1, 0.2, 0.0, 0.0), 'equidistant'), 'equidistant'),
    ((1.0, 1.0, 0.0, 0.0, 10, 10, (0.1, 0.2, 0.0, 0.0), ''), 'No distortion')])
def test_what_is_no_camera_is_refused_in_a_sentence(fields, match):
    with pytest.raises(GeometryError, match=match):
        PinholeCamera(*fields)
