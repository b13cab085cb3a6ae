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


"""Cameras of every kind and number, rendered over known ground, are matched."""

from dataclasses import replace
import math

import numpy as np
import pytest
from synthetic_scene import patterned_patch, rendered_frame, TRUTH

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.camera.panorama_composition import compose_panorama
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.fisheye_camera import FisheyeCamera
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.ground_features import ground_features
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.modes import find_modes

PINHOLE = PinholeCamera(400.0, 400.0, 319.5, 179.5, 360, 640)
FISHEYE = FisheyeCamera(230.0, 232.0, 402.5, 297.0, 600, 800, (0.02, -0.01, 0.003, -0.0004), 1.62)
FRONT = MountedCamera(PINHOLE, camera_mounting(1.5, 0.2, 1.7, pitch=0.25))
REAR = MountedCamera(PINHOLE, camera_mounting(-1.2, -0.1, 1.6, pitch=0.28, yaw=math.pi))
PRIOR = SearchPrior(Pose2(TRUTH.x + 2.1, TRUTH.y - 1.7, TRUTH.yaw + 0.08), 5.0, 0.17)


@pytest.fixture(scope='module')
def patch():
    """Return the ground."""
    return patterned_patch()


@pytest.fixture(scope='module')
def matched(patch):
    """Return a function that matches frames."""
    matcher = BevMatcher()
    features = matcher.prepare(patch)
    return lambda *frames: matcher.match(FrameWindow(frames), features, PRIOR)


def looks(patch, *cameras):
    """Return what each camera sees from the true pose."""
    return [rendered_frame(patch, TRUTH, camera) for camera in cameras]


def spread(likelihood):
    """Return the standard deviation of the posterior on a flat prior [m]."""
    mode = find_modes(likelihood)[0]
    return math.sqrt(np.trace(np.asarray(mode.covariance)[:2, :2]))


def assert_found(likelihood, position_m=0.3, yaw_deg=1.5):
    """Check the strongest mode."""
    found = find_modes(likelihood)[0].pose
    assert found.distance_to(TRUTH) < position_m
    assert abs(math.degrees(wrap_angle(found.yaw - TRUTH.yaw))) < yaw_deg


def test_front_and_rear_together_see_more_ground_than_either(patch):
    front, rear = looks(patch, FRONT, REAR)
    config = BevConfig()
    one, other, both = (
        ground_features(FrameWindow(frames), config, config.fine).visible_area_m2
        for frames in ((front,), (rear,), (front, rear)))
    # Their views do not overlap.
    assert both == pytest.approx(one + other, rel=0.01)
    assert min(one, other) > 0.25 * both


def test_front_and_rear_together_are_surer_than_either(patch, matched):
    front, rear = looks(patch, FRONT, REAR)
    both = matched(front, rear)
    assert_found(both)
    assert spread(both) < min(spread(matched(front)), spread(matched(rear)))
    assert np.nanmax(both.log_likelihood) - np.nanmedian(both.log_likelihood) > max(
        np.nanmax(single.log_likelihood) - np.nanmedian(single.log_likelihood)
        for single in (matched(front), matched(rear)))


def test_cameras_may_be_triggered_one_after_the_other(patch, matched):
    moved = Pose2(-0.5, 0.0, 0.01)  # 50 ms at 10 m/s
    front = rendered_frame(patch, TRUTH, FRONT, 10.05)
    rear = rendered_frame(patch, TRUTH @ moved, REAR, 10.0, moved)
    assert_found(matched(front, rear))


@pytest.mark.parametrize('mounting', [
    camera_mounting(1.0, 0.0, 1.8, pitch=0.1),
    camera_mounting(0.0, 0.8, 1.2, pitch=0.3, yaw=math.pi / 2),
    camera_mounting(0.0, 0.0, 2.2, pitch=math.pi / 2 - 0.01)])
def test_a_fisheye_alone_is_enough(patch, matched, mounting):
    """It looks ahead, to the left, or straight down."""
    assert_found(matched(*looks(patch, MountedCamera(FISHEYE, mounting))))


def test_a_fisheye_sees_beside_itself_what_a_pinhole_cannot(patch):
    config = BevConfig()
    ahead = camera_mounting(0.0, 0.0, 1.8, pitch=0.1)
    areas = []
    for model in (FISHEYE, PINHOLE):
        ground = ground_features(
            FrameWindow(tuple(looks(patch, MountedCamera(model, ahead)))), config, config.fine)
        areas.append(ground.visible_area_m2)
    assert areas[0] > 1.8 * areas[1]


def test_cameras_of_different_kinds_are_matched_together(patch, matched):
    side = MountedCamera(FISHEYE, camera_mounting(0.0, 0.8, 1.3, pitch=0.4, yaw=math.pi / 2))
    assert_found(matched(*looks(patch, FRONT, side)))


def test_a_composed_panorama_is_the_rendered_one_and_is_matched(patch, matched):
    wide = PinholeCamera(330.0, 330.0, 399.5, 299.5, 600, 800)
    around = [MountedCamera(wide, camera_mounting(
        0.4 * math.cos(yaw), 0.4 * math.sin(yaw), 1.8, pitch=0.3, yaw=yaw))
        for yaw in (0.0, math.pi / 2, math.pi, -math.pi / 2)]
    composed = compose_panorama(
        looks(patch, *around), EquirectangularCamera(256, 1024), distance_m=60.0)
    rendered, = looks(patch, composed.frame.camera)
    rows = np.arange(256)[:, None]
    # From 3 degrees below the horizon, where the wall begins, to 30, which every camera sees.
    ground = composed.valid & (rows > 128 + 9) & (rows < 128 + 85)
    assert ground.sum() > 0.98 * 1024 * 75
    error = np.abs(composed.frame.image.astype(int) - rendered.image)[ground]
    # Resampling twice blurs the borders of the pattern; elsewhere a level of rounding is left.
    assert np.median(error) <= 1
    assert error.mean() < 4
    assert_found(matched(replace(composed.frame, window_from_base=Pose2(0.0, 0.0, 0.0))))
