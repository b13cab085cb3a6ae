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

"""Pairs become windows and patches; crops of panoramas look where they say."""

from dataclasses import replace
import math

import numpy as np
import pytest
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame

from xview_loc.errors import DataSetError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.birds_eye_sample import (
    cropped_view, is_panorama, patch_of, window_of)
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior

YAW = 0.4


@pytest.fixture(scope='module')
def sample() -> CrossViewSample:
    patch = patterned_patch(height=400, width=420)
    place = Pose2(patch.geometry.centre_x + 2.0, patch.geometry.centre_y - 1.0, YAW)
    frame = rendered_frame(patch, place, panorama_camera())
    return CrossViewSample('a', frame.image, patch.image, 0.2, 2.0, -1.0, 0.5 * math.pi - YAW,
                           camera=frame.camera)


@pytest.mark.parametrize('centre_deg', [0.0, 75.0, -150.0])
def test_a_crop_is_matched_at_its_own_heading(sample: CrossViewSample, centre_deg: float) -> None:
    crop = cropped_view(sample, math.radians(centre_deg), math.radians(120.0))
    assert crop.ground.shape[1] == 341 and not is_panorama(crop)
    assert crop.yaw == pytest.approx((YAW - math.radians(centre_deg)) % (2 * math.pi), abs=0.004)
    matcher = BevMatcher()
    found = matcher.match(window_of(crop), matcher.prepare(patch_of(crop)), SearchPrior(
        Pose2(0.0, 0.0, crop.yaw), 4.0, math.radians(10.0))).peak()
    assert math.hypot(found.x - 2.0, found.y + 1.0) < 0.8
    assert abs(math.remainder(found.yaw - crop.yaw, 2 * math.pi)) < math.radians(2.1)


def test_the_whole_panorama_is_a_crop_of_itself(sample: CrossViewSample) -> None:
    same = cropped_view(sample, 0.0, 2.0 * math.pi)
    np.testing.assert_array_equal(same.ground, sample.ground)
    assert same.heading == sample.heading and is_panorama(same)


def test_what_has_no_camera_or_is_no_panorama_is_refused(sample: CrossViewSample) -> None:
    with pytest.raises(DataSetError, match='a has no camera'):
        window_of(replace(sample, camera=None))
    with pytest.raises(DataSetError, match='a is no panorama'):
        cropped_view(cropped_view(sample, 0.0, 1.0), 0.0, 0.5)
