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

"""The bird's-eye matcher finds rendered views."""

from dataclasses import replace
import math

import cv2
import numpy as np
import pytest
from synthetic_scene import (
    panorama_camera, panorama_window, patterned_patch, rendered_frame, TRUTH)

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.modes import find_modes

PRIOR = Pose2(TRUTH.x + 3.1, TRUTH.y - 2.2, TRUTH.yaw + math.radians(6.0))


@pytest.fixture(scope='module')
def patch():
    """Return the ground."""
    return patterned_patch()


def assert_found(likelihood, truth, position_m=0.3, yaw_deg=2.0):
    """Check the strongest mode."""
    found = find_modes(likelihood)[0].pose
    assert found.distance_to(truth) < position_m
    assert abs(math.degrees(wrap_angle(found.yaw - truth.yaw))) < yaw_deg


def test_known_yaw_is_found_off_the_prior(patch):
    """Position and yaw come from the image."""
    matcher = BevMatcher()
    likelihood = matcher.match(panorama_window(patch, TRUTH), matcher.prepare(patch),
                               SearchPrior(PRIOR, 6.0, math.radians(10.0)))
    assert_found(likelihood, TRUTH)
    assert likelihood.score > 0.5


@pytest.mark.parametrize('yaw_deg', [-170.0, -90.0, 0.0, 64.0, 179.0])
def test_unknown_yaw_is_found_anywhere_on_the_circle(patch, yaw_deg):
    """The coarse search proposes and the fine one decides."""
    truth = replace(TRUTH, yaw=math.radians(yaw_deg))
    matcher = BevMatcher()
    likelihood = matcher.match(panorama_window(patch, truth), matcher.prepare(patch),
                               SearchPrior(replace(PRIOR, yaw=0.0), 6.0))
    assert likelihood.is_full_circle
    assert not np.isnan(likelihood.log_likelihood).any()
    assert_found(likelihood, truth)


def test_camera_off_the_base_moves_the_view_not_the_pose(patch):
    """The pose is that of base_link, wherever the camera sits."""
    matcher = BevMatcher()
    likelihood = matcher.match(
        panorama_window(patch, TRUTH, (1.6, -0.7)), matcher.prepare(patch),
        SearchPrior(PRIOR, 6.0, math.radians(10.0)))
    assert_found(likelihood, TRUTH)


@pytest.mark.parametrize('yaw_range', [math.radians(10.0), math.pi])
@pytest.mark.parametrize('rotation', [0.0, 0.7])
def test_turned_patches_are_matched_in_the_map(patch, rotation, yaw_range):
    """A patch whose columns do not point east gives the same pose."""
    shape = (500, 560)
    geometry = PatchGeometry(TRUTH.x + 2.0, TRUTH.y - 1.0, 0.2, *shape, rotation)
    row, column = patch.geometry.pixel_from_map(*geometry.cell_centres())
    image = cv2.remap(patch.image, (column - 0.5).astype(np.float32),
                      (row - 0.5).astype(np.float32), cv2.INTER_LINEAR)
    turned = SatellitePatch(image, geometry, np.ones(shape, bool), patch.provenance)
    matcher = BevMatcher()
    likelihood = matcher.match(panorama_window(patch, TRUTH), matcher.prepare(turned),
                               SearchPrior(PRIOR, 6.0, yaw_range))
    assert_found(likelihood, TRUTH)


def test_sharp_settings_resolve_a_decimetre():
    """Imagery of 0.1 m is matched at 0.25 m."""
    patch = patterned_patch(3, 900, 1000, 0.1)
    truth = Pose2(98.2, -41.3, math.radians(-120.0))
    matcher = BevMatcher(BevConfig.for_resolution(0.1))
    likelihood = matcher.match(
        panorama_window(patch, truth), matcher.prepare(patch),
        SearchPrior(Pose2(97.0, -40.0, truth.yaw + 0.05), 3.0, math.radians(5.0)))
    assert_found(likelihood, truth, 0.12, 1.0)


def test_earlier_frames_are_placed_by_odometry(patch):
    """A second frame 4 m behind agrees with the first and adds ground."""
    matcher = BevMatcher()
    behind = Pose2(-4.0, 0.5, math.radians(3.0))
    frames = (
        rendered_frame(patch, TRUTH, panorama_camera(), 1.0),
        rendered_frame(patch, TRUTH @ behind, panorama_camera(), 0.0, behind))
    prior = SearchPrior(PRIOR, 6.0, math.radians(10.0))
    features = matcher.prepare(patch)
    both = matcher.match(FrameWindow(frames), features, prior)
    one = matcher.match(FrameWindow(frames[:1]), features, prior)
    assert_found(both, TRUTH)
    assert np.ptp(both.log_likelihood) > np.ptp(one.log_likelihood)


def test_map_features_are_reused(patch):
    """Two priors on one patch need one preparation and agree on the pose."""
    matcher = BevMatcher()
    features = matcher.prepare(patch)
    window = panorama_window(patch, TRUTH)
    for shift in (-2.3, 2.9):
        prior = Pose2(TRUTH.x + shift, TRUTH.y + shift, TRUTH.yaw)
        assert_found(matcher.match(window, features, SearchPrior(prior, 4.0, 0.2)), TRUTH)


def test_missing_imagery_is_neutral_not_fatal(patch):
    """A third of the patch without imagery leaves the rest to decide."""
    valid = np.ones(patch.geometry.shape, bool)
    valid[:, :300] = False
    holed = replace(patch, valid=valid)
    matcher = BevMatcher()
    likelihood = matcher.match(panorama_window(patch, TRUTH), matcher.prepare(holed),
                               SearchPrior(PRIOR, 6.0, math.radians(10.0)))
    assert_found(likelihood, TRUTH)


@pytest.mark.parametrize('yaw_range', [math.radians(10.0), math.pi])
def test_black_image_says_nothing(patch, yaw_range):
    """No texture, no information."""
    frame = panorama_window(patch, TRUTH).newest
    black = FrameWindow((replace(frame, image=np.zeros_like(frame.image)),))
    matcher = BevMatcher()
    likelihood = matcher.match(black, matcher.prepare(patch), SearchPrior(PRIOR, 4.0, yaw_range))
    assert np.isnan(likelihood.log_likelihood).all()
    assert likelihood.confidence == 0.0


def test_prior_outside_the_patch_knows_nothing_good(patch):
    """Beyond the imagery the scores are zero: flat, not wrong."""
    matcher = BevMatcher()
    far = Pose2(TRUTH.x + 500.0, TRUTH.y, TRUTH.yaw)
    likelihood = matcher.match(panorama_window(patch, TRUTH), matcher.prepare(patch),
                               SearchPrior(far, 4.0, 0.1))
    assert np.ptp(likelihood.log_likelihood) == 0.0
