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

"""The camera of a bag at a true pose."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.bag_camera import model_of, mounting_of, standing_camera

MODEL = PinholeCamera(300.0, 300.0, 199.5, 99.5, 200, 400)


@pytest.mark.parametrize('mounting', [
    {}, {'yaw': 0.5}, {'yaw': -2.0, 'roll': 0.1}, {'yaw': math.pi / 2, 'pitch': 0.3}])
@pytest.mark.parametrize('tilt', [(0.0, 0.0), (0.03, -0.05)])
def test_ground_points_are_seen_as_by_the_camera_on_the_vehicle(mounting, tilt) -> None:
    """Place points of the map in both frames; the pixels must agree."""
    base_from_camera = camera_mounting(1.2, 0.4, 1.5, **mounting)
    pose = Pose2(30.0, -20.0, 0.9)
    standing = standing_camera(MODEL, base_from_camera, 0.3, np.array([*pose.as_array(), *tilt]))
    rng = np.random.default_rng(0)
    points = rng.uniform(-15.0, 15.0, (200, 2)) + (pose.x, pose.y)
    vehicle = MountedCamera(MODEL, base_from_camera, 0.3)
    expected, seen = vehicle.project_ground(pose.inverse().transform(points), *tilt)
    camera_pose = Pose2(standing.x, standing.y, standing.yaw)
    pixels, visible = standing.camera.project_ground(camera_pose.inverse().transform(points))
    # the vehicle frame tilts about base_link, the level frame of a sample is on the ground below
    # the camera: both describe the same camera
    np.testing.assert_array_equal(seen, visible)
    np.testing.assert_allclose(pixels[seen], expected[seen], atol=1e-6)
    assert seen.sum() > 5


def test_the_viewing_direction_is_the_yaw() -> None:
    looking_left = standing_camera(
        MODEL, camera_mounting(2.0, 0.0, 1.5, yaw=math.pi / 2), 0.0, np.array([0, 0, 0.1, 0, 0]))
    assert looking_left.yaw == pytest.approx(0.1 + math.pi / 2)
    assert (looking_left.x, looking_left.y) == pytest.approx(
        (2.0 * math.cos(0.1), 2.0 * math.sin(0.1)))
    assert looking_left.camera.height == pytest.approx(1.5)


def test_parameters_win_over_transforms_and_corrections_are_added() -> None:
    found = camera_mounting(1.0, 0.0, 2.0, pitch=0.1)
    np.testing.assert_allclose(mounting_of({}, found), found, atol=1e-12)
    np.testing.assert_allclose(
        mounting_of({'height_offset': 0.2, 'pitch_offset': 0.05}, found),
        camera_mounting(1.0, 0.0, 2.2, pitch=0.15), atol=1e-12)
    np.testing.assert_allclose(
        mounting_of({'z': 1.4}, found), camera_mounting(0.0, 0.0, 1.4), atol=1e-12)
    with pytest.raises(DataSetError, match='where the camera sits'):
        mounting_of({'projection': 'camera_info'}, None)


def test_models() -> None:
    panorama = model_of({'projection': 'equirectangular', 'horizon': 0.4}, None, (100, 400))
    assert isinstance(panorama, EquirectangularCamera) and panorama.horizon_row == 39.5
    info = SimpleNamespace(
        width=400, height=200, k=[300.0, 0, 199.5, 0, 300.0, 99.5, 0, 0, 1], d=[],
        p=[250.0, 0, 199.5, 0, 0, 250.0, 99.5, 0, 0, 0, 1, 0], distortion_model='',
        binning_x=0, binning_y=0,
        roi=SimpleNamespace(x_offset=0, y_offset=0, height=0, width=0))
    raw = model_of({}, info, (200, 400))
    assert isinstance(raw, PinholeCamera) and raw.fx == 300.0
    rectified = model_of({'projection': 'camera_info_rectified'}, info, (100, 200))
    assert isinstance(rectified, PinholeCamera) and rectified.fx == 125.0
    with pytest.raises(DataSetError, match='no camera_info'):
        model_of({}, None, (200, 400))
