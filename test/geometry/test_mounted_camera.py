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

"""The ground around the vehicle, seen by a camera on it."""

import math

import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import BLOCK_SIZE, level_rotation, MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2

FOCAL, AXIS_COLUMN, AXIS_ROW = 500.0, 310.0, 200.0
MODEL = PinholeCamera(FOCAL, FOCAL, AXIS_COLUMN, AXIS_ROW, 400, 640)


def test_a_landmark_on_a_non_square_patch_is_seen_at_the_pixel_worked_out_by_hand():
    # A bright pixel off the centre of a patch of 40 rows and 70 columns ...
    patch = PatchGeometry(100.0, -50.0, 0.5, 40, 70)
    image = np.zeros(patch.shape, np.uint8)
    image[7, 52] = 255
    row, column = np.argwhere(image)[0] + 0.5
    landmark = np.array(patch.map_from_pixel(row, column))
    # ... seen from 12 m south and 3 m west of it, by a vehicle that faces north.
    map_from_base = Pose2(landmark[0] - 3.0, landmark[1] - 12.0, math.pi / 2)
    camera = MountedCamera(MODEL, camera_mounting(2.0, 0.5, 1.2), base_height=0.4)

    pixel, visible = camera.project_ground(map_from_base.inverse().transform(landmark))

    ahead, to_the_right, below = 12.0 - 2.0, 3.0 + 0.5, 1.6
    assert pixel.tolist() == pytest.approx([AXIS_COLUMN + FOCAL * to_the_right / ahead,
                                            AXIS_ROW + FOCAL * below / ahead])
    assert visible
    # And back: the ray of that pixel meets the ground on the bright pixel of the patch.
    ray = camera.base_from_camera[:3, :3] @ MODEL.rays(pixel)
    foot = camera.base_from_camera[:2, 3] - ray[:2] * camera.height / ray[2]
    found = patch.pixel_from_map(*map_from_base.transform(foot))
    assert image[int(found[0]), int(found[1])] == 255


def test_the_horizon_rises_in_the_image_when_the_nose_goes_down():
    camera = MountedCamera(MODEL, camera_mounting(0.0, 0.0, 1.5))
    far_ahead = np.array([1e7, 0.0])

    level, _ = camera.project_ground(far_ahead)
    nose_down, _ = camera.project_ground(far_ahead, pitch=0.05)

    assert level[1] == pytest.approx(AXIS_ROW, abs=1e-3)
    assert nose_down[1] == pytest.approx(AXIS_ROW - FOCAL * math.tan(0.05), abs=1e-3)


def test_the_vehicle_pitches_about_its_base_and_not_about_the_camera():
    ground = np.array([[5.0, 1.0], [20.0, -4.0]])
    mounting = np.array([1.0, 0.3, 1.5])
    lowered = level_rotation(0.0, 0.03) @ mounting

    pitched, _ = MountedCamera(MODEL, camera_mounting(*mounting, pitch=0.04)).project_ground(
        ground, pitch=0.03)
    level, _ = MountedCamera(MODEL, camera_mounting(*lowered, pitch=0.07)).project_ground(ground)

    np.testing.assert_allclose(pitched, level, atol=1e-9)


def test_when_the_left_side_is_lifted_the_horizon_tilts_to_the_left_in_the_image():
    camera = MountedCamera(EquirectangularCamera(400, 640), camera_mounting(0.0, 0.0, 1.5))
    far = np.array([[0.0, 1e6], [0.0, -1e6]])

    (left, right), _ = camera.project_ground(far, roll=0.1)

    per_radian = 640 / (2.0 * math.pi)
    assert left[1] - 199.5 == pytest.approx(0.1 * per_radian, rel=1e-3)
    assert right[1] - 199.5 == pytest.approx(-0.1 * per_radian, rel=1e-3)


def test_ground_behind_a_forward_camera_is_invisible():
    camera = MountedCamera(MODEL, camera_mounting(1.0, 0.0, 1.5))

    _, visible = camera.project_ground(np.array([[-5.0, 0.0], [0.9, 0.0], [8.0, 0.0]]))

    assert visible.tolist() == [False, False, True]


@pytest.mark.parametrize('count', [0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, 2 * BLOCK_SIZE + 3])
def test_points_are_projected_alike_whatever_block_they_fall_in(count):
    camera = MountedCamera(MODEL, camera_mounting(1.0, 0.2, 1.5, 0.01, 0.05, -0.1), 0.3)
    points = np.random.default_rng(5).uniform(-30.0, 30.0, (count, 2))

    pixels, visible = camera.project_ground(points, 0.02, -0.03)

    assert pixels.shape == (count, 2) and visible.shape == (count,)
    for index in {0, count // 2, count - 1} if count else ():
        one, seen = camera.project_ground(points[index], 0.02, -0.03)
        np.testing.assert_array_equal(one, pixels[index])
        assert seen == visible[index]


@pytest.mark.parametrize('matrix, match', [
    (np.eye(3), '4 x 4'),
    (np.diag([1.0, 1.0, -1.0, 1.0]), 'proper rotation'),
    (np.diag([2.0, 1.0, 1.0, 1.0]), 'proper rotation'),
    (camera_mounting(0.0, 0.0, math.nan), 'finite'),
    (camera_mounting(0.0, 0.0, -0.5), 'above')])
def test_a_mounting_that_cannot_be_is_refused_in_a_sentence(matrix, match):
    with pytest.raises(GeometryError, match=match):
        MountedCamera(MODEL, matrix)


def test_the_mounting_cannot_be_changed_afterwards():
    camera = MountedCamera(MODEL, camera_mounting(0.0, 0.0, 1.5))

    with pytest.raises(ValueError):
        camera.base_from_camera[0, 3] = 1.0
