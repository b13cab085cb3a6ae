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

"""The retrieval matcher tells of base_link, wherever the camera sits on the vehicle."""

import math

from counting_sessions import CountingSessions
import numpy as np
import pytest
from retrieval_scene import at, EVERYTHING, matcher_of, part, PATCH, TRUTH
from synthetic_scene import panorama_window
from tiny_packages import tiny_package

from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.matching.retrieval_matcher import RetrievalMatcher


def slope_matcher(tmp_path, heading='aligned'):
    """Return a matcher whose score is 0.01 per metre east of x = 100."""
    axis = PATCH.geometry.map_from_pixel(0.0, np.arange(800) + 0.5)[0]
    image = np.zeros((600, 800, 3), np.uint8)
    image[:, :, 0] = np.clip(np.round(axis), 0, 255)
    package = tiny_package(tmp_path / 'slope', 'safa', heading=heading, metres_per_pixel=0.2)
    sessions = CountingSessions(
        package, satellite=lambda inputs: 0.01 * inputs['images'][..., 0].mean(axis=(1, 2))[
            :, None].astype(np.float32) - 1.0,
        ground=lambda inputs: np.ones((len(inputs['images']), 1), np.float32))
    patch = SatellitePatch(image, PATCH.geometry, PATCH.valid, Provenance('slope'))
    matcher = RetrievalMatcher(package, sessions, budget=EVERYTHING)
    return matcher, matcher.prepare(patch)


@pytest.mark.parametrize('yaw_range', [0.0, 0.3, math.pi])
@pytest.mark.parametrize('heading', ['aligned', 'invariant'])
def test_the_likelihood_is_that_of_base_link_in_every_yaw(tmp_path, yaw_range, heading) -> None:
    matcher, features = slope_matcher(tmp_path, heading)
    window = panorama_window(PATCH, TRUTH, offset_xy=(2.6, -1.1))
    found = matcher.match(window, features, at(TRUTH, 6.0, yaw_range))
    for yaw in found.yaws:
        camera = Pose2(103.0, -39.0, yaw).transform(np.array([2.6, -1.1]))
        value = found.at(np.array([103.0]), np.array([-39.0]), np.array([yaw]))
        # float16 holds descriptors of 0.1 to 5e-5, tiles lie within half a pixel of 0.2 m.
        assert value[0] / 20.0 == pytest.approx(0.01 * (camera[0] - 100.0), abs=2e-3)


def test_lever_arm_of_a_real_view(tmp_path) -> None:
    matcher, _ = matcher_of(tmp_path)
    features = matcher.prepare(part(100.0, -40.0))
    camera = TRUTH @ Pose2(3.0, 0.0, 0.0)
    base = Pose2(2.0 * TRUTH.x - camera.x, 2.0 * TRUTH.y - camera.y, TRUTH.yaw)
    found = matcher.match(panorama_window(PATCH, base, (3.0, 0.0)), features,
                          at(Pose2(101.0, -40.0, TRUTH.yaw), 8.0, 0.1))
    peak = found.peak()
    assert (peak.x, peak.y) == pytest.approx((base.x, base.y), abs=0.4)
