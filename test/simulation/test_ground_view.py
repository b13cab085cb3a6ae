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

"""The ground in the image lies where the camera model says."""

import cv2
import numpy as np
import pytest

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import level_rotation, MountedCamera
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.ground_view import GroundView
from xview_loc.simulation.map_drawing import fill_polygon

GEOMETRY = PatchGeometry(12.0, -7.0, 0.02, 1400, 1500)
PINHOLE = MountedCamera(PinholeCamera(381.0, 381.0, 319.5, 127.5, 256, 640),
                        camera_mounting(1.5, 0.2, 1.6, 0.01, 0.07, -0.02))
PANORAMA = MountedCamera(EquirectangularCamera(384, 1024, 150.0),
                         camera_mounting(0.8, 0.0, 2.0))
LANDMARKS = ((7.0, 0.0), (7.5, 2.2), (8.0, -3.0), (11.0, 4.0), (14.0, -1.0))


def view_of(polygon, camera, pose, roll, pitch, geometry=GEOMETRY, value=250):
    """Render a painted polygon on dark ground."""
    ground = np.full((*geometry.shape, 3), 30, np.uint8)
    fill_polygon(ground, geometry, polygon, (value, value, value))
    view = GroundView(ground, geometry, camera, (30, 30, 30))
    cosine, sine = np.cos(pose.yaw), np.sin(pose.yaw)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    map_from_base = turn @ level_rotation(roll, pitch)
    position = map_from_base @ camera.base_from_camera[:3, 3] + (pose.x, pose.y, 0.0)
    image = np.zeros((*camera.model.shape, 3), np.uint8)
    view.render(position, map_from_base @ camera.base_from_camera[:3, :3], image)
    return image[..., 0].astype(np.float64) - 30.0


def centroid(weights):
    """Return the column and row of the centre of brightness above the horizon line."""
    weights = np.where(weights > 8.0, weights, 0.0)
    rows, columns = np.indices(weights.shape)
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / weights.sum()


def projected_centroid(square, camera, pose, roll, pitch):
    """Return the centre of the area that the camera model makes of a square."""
    dense = np.concatenate([np.linspace(a, b, 30, endpoint=False)
                            for a, b in zip(square, np.roll(square, -1, axis=0))])
    pixels, seen = camera.project_ground(pose.inverse().transform(dense), roll, pitch)
    assert seen.all()
    moments = cv2.moments(pixels.astype(np.float32))
    return np.array([moments['m10'], moments['m01']]) / moments['m00']


@pytest.mark.parametrize('camera', [PINHOLE, PANORAMA], ids=['pinhole', 'panorama'])
@pytest.mark.parametrize('landmark', LANDMARKS)
@pytest.mark.parametrize('attitude', [(0.0, 0.0), (0.02, -0.025)])
def test_a_landmark_is_rendered_within_a_third_of_a_pixel_of_its_projection(
        camera, landmark, attitude):
    pose = Pose2(3.0, -11.0, 0.6)
    square = pose.transform(np.array(landmark) + 0.3 * np.array(
        [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
    image = view_of(square, camera, pose, *attitude)
    expected = projected_centroid(square, camera, pose, *attitude)
    assert np.abs(centroid(image) - expected).max() < 0.3


def test_far_stripes_average_instead_of_aliasing():
    geometry = PatchGeometry(40.0, 0.0, 0.1, 400, 1000)
    ground = np.full((*geometry.shape, 3), 60, np.uint8)
    ground[:, ::4] = 220
    ground[:, 1::4] = 220
    view = GroundView(ground, geometry, PINHOLE, (140, 140, 140))
    image = np.zeros((256, 640, 3), np.uint8)
    view.render(np.array([0.0, 0.0, 1.6]), PINHOLE.base_from_camera[:3, :3], image)
    row = int(PINHOLE.project_ground(np.array([45.0, 0.0]))[0][1])
    assert np.abs(image[row, 250:390].astype(float) - 140.0).max() < 30.0


def test_ground_outside_the_raster_has_the_colour_of_the_surroundings():
    view = GroundView(np.full((100, 100, 3), 10, np.uint8),
                      PatchGeometry(500.0, 500.0, 0.1, 100, 100), PINHOLE, (118, 120, 104))
    image = np.zeros((256, 640, 3), np.uint8)
    view.render(np.array([0.0, 0.0, 1.6]), PINHOLE.base_from_camera[:3, :3], image)
    assert (image[200:] == (118, 120, 104)).all()
