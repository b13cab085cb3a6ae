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

"""What all camera models share: the half pixel, visibility, and rays that invert projection."""

import math

import cv2
import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera

HEIGHT, WIDTH = 240, 400
CAMERAS: dict[str, CameraModel] = {
    'pinhole': PinholeCamera(220.0, 230.0, 190.0, 130.0, HEIGHT, WIDTH),
    'plumb_bob': PinholeCamera(220.0, 230.0, 190.0, 130.0, HEIGHT, WIDTH,
                               (-0.28, 0.07, 0.001, -0.002, -0.005)),
    'rational': PinholeCamera(220.0, 230.0, 190.0, 130.0, HEIGHT, WIDTH,
                              (0.9, 0.2, 0.001, -0.002, 0.01, 1.2, 0.4, 0.03),
                              'rational_polynomial'),
    'fisheye': FisheyeCamera(120.0, 125.0, 190.0, 130.0, HEIGHT, WIDTH,
                             (-0.02, 0.003, -0.001, 0.0002)),
    'panorama': EquirectangularCamera(HEIGHT, WIDTH, horizon_row=140.0),
    'half panorama': EquirectangularCamera(HEIGHT, WIDTH, 100.0, math.pi, 150.0)}
POINT = np.array([0.7, 0.4, 2.0])


@pytest.fixture(params=sorted(CAMERAS))
def camera(request):
    """Return each kind of camera in turn."""
    return CAMERAS[request.param]


def test_points_along_the_ray_of_a_pixel_project_to_that_pixel(camera):
    pixels = np.stack(np.meshgrid(np.linspace(0, WIDTH - 1, 23), np.linspace(0, HEIGHT - 1, 17)),
                      axis=-1)

    rays = camera.rays(pixels)
    again, visible = camera.project(7.5 * rays)

    known = np.isfinite(rays).all(axis=-1)
    assert known.mean() > 0.5
    np.testing.assert_allclose(np.linalg.norm(rays[known], axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(again[known], pixels[known], atol=1e-6)
    assert visible[known].all()
    assert not visible[~known].any()


def test_a_resized_camera_sees_a_landmark_where_the_resized_image_has_it(camera):
    pixel = np.rint(camera.project(POINT)[0])
    image = np.zeros((HEIGHT, WIDTH), np.float32)
    image[int(pixel[1]), int(pixel[0])] = 1.0
    small = cv2.resize(image, (WIDTH // 4, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    rows, columns = np.mgrid[:HEIGHT // 2, :WIDTH // 4]

    seen, visible = camera.resized(HEIGHT // 2, WIDTH // 4).project(camera.rays(pixel))

    # The centre of the small pixel that holds the landmark is at most half a pixel away, and the
    # landmark lies at a known place inside it.
    corner = ((columns * small).sum() / small.sum(), (rows * small).sum() / small.sum())
    inside = ((pixel + 0.5) / (4, 2)) % 1.0 - 0.5
    np.testing.assert_allclose(seen, np.array(corner) + inside, atol=1e-6)
    assert visible


def test_resizing_there_and_back_is_the_same_camera(camera):
    again = camera.resized(777, 1234).resized(HEIGHT, WIDTH)

    np.testing.assert_allclose(again.project(POINT)[0], camera.project(POINT)[0], atol=1e-9)
    assert again.shape == (HEIGHT, WIDTH)


def test_the_right_of_the_camera_is_the_right_of_the_image_and_down_is_down(camera):
    (ahead, right, below), _ = camera.project(
        np.array([[0.0, 0.0, 1.0], [0.1, 0.0, 1.0], [0.0, 0.1, 1.0]]))

    assert right[0] > ahead[0] and right[1] == pytest.approx(ahead[1], abs=0.2)
    assert below[1] > ahead[1] and below[0] == pytest.approx(ahead[0], abs=0.2)


def test_any_shape_of_points_is_projected_alike(camera):
    points = np.random.default_rng(3).uniform((-3, -2, 1), (3, 2, 6), (2, 5, 3))

    pixels, visible = camera.project(points)

    assert pixels.shape == (2, 5, 2) and visible.shape == (2, 5)
    one, one_visible = camera.project(points[1, 3])
    np.testing.assert_allclose(one, pixels[1, 3], atol=1e-12)
    assert one_visible == visible[1, 3]
    assert camera.project(np.empty((0, 3)))[0].shape == (0, 2)


def test_points_that_are_not_finite_are_invisible_without_a_warning(camera, recwarn):
    points = np.array([[np.nan, 0.0, 1.0], [0.0, 0.0, np.nan], [np.nan, np.nan, np.nan]])

    _, visible = camera.project(points)

    assert not visible.any()
    assert not recwarn.list


def test_the_camera_does_not_see_itself(camera, recwarn):
    _, visible = camera.project(np.zeros(3))

    assert not visible
    assert not recwarn.list


def test_visible_means_within_half_a_pixel_of_an_outer_pixel_centre(camera):
    rim = np.array([[-0.45, 50.0], [-0.55, 50.0], [WIDTH - 0.55, 50.0], [WIDTH - 0.45, 50.0],
                    [200.0, -0.45], [200.0, -0.55], [200.0, HEIGHT - 0.55],
                    [200.0, HEIGHT - 0.45]])

    rays = camera.rays(rim)
    _, visible = camera.project(rays)

    expected = np.array([True, False, True, False, True, False, True, False])
    if isinstance(camera, EquirectangularCamera) and camera.horizontal_fov > 6.0:
        expected[[1, 3]] = True  # A full turn closes at its edges.
    known = np.isfinite(rays).all(axis=-1)
    np.testing.assert_array_equal(visible[known], expected[known])


@pytest.mark.parametrize('build', [
    lambda height, width: PinholeCamera(1.0, 1.0, 0.0, 0.0, height, width),
    lambda height, width: FisheyeCamera(1.0, 1.0, 0.0, 0.0, height, width),
    EquirectangularCamera])
@pytest.mark.parametrize('size', [(0, 10), (10, 0), (-1, 10)])
def test_a_camera_without_pixels_is_refused(build, size):
    with pytest.raises(GeometryError, match='empty'):
        build(*size)
