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

"""What matchers answer is scored like what is known about perfect and blind ones."""

import math

import numpy as np
import pytest
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.simulated_pairs import SimulatedPairs
from xview_loc.learning.evaluation.pose_cases import (
    answer, case_figures, cases_of, guess_figures, pose_answers)
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.pose_likelihood import PoseLikelihood

PLACES = ((2.0, -1.0, 0.4), (-1.5, 2.0, -2.0), (0.0, 0.5, 3.0))


@pytest.fixture(scope='module')
def source() -> SimulatedPairs:
    patch = patterned_patch(height=400, width=420)
    samples = []
    for number, (east, north, yaw) in enumerate(PLACES):
        place = Pose2(patch.geometry.centre_x + east, patch.geometry.centre_y + north, yaw)
        frame = rendered_frame(patch, place, panorama_camera())
        samples.append(CrossViewSample(
            str(number), frame.image, patch.image, 0.2, east, north, 0.5 * math.pi - yaw,
            (east, north), frame.camera))
    return SimulatedPairs(samples)


def matcher(metres_per_pixel: float) -> BevMatcher:
    return BevMatcher(BevConfig.for_resolution(metres_per_pixel + 0.1))


def test_the_matcher_finds_pairs_and_a_covered_lens_finds_none(source: SimulatedPairs) -> None:
    cases = list(cases_of(source, 4.0))
    assert [case.truth for case in cases] == [
        Pose2(east, north, pytest.approx(yaw % (2 * math.pi))) for east, north, yaw in PLACES]
    steps = []
    found = pose_answers(matcher, cases, lambda done, total: steps.append((done, total)))
    figures = case_figures(found)
    assert figures['median_m'] < 0.3 and figures['heading<9deg'] == 1.0
    assert figures['heading_nll'] < 0.01
    assert steps == [(0, 3), (1, 3), (2, 3)]
    black = pose_answers(matcher, [case.blackened() for case in cases])
    np.testing.assert_array_equal(black['estimate'], black['prior'])
    blind = case_figures(black)
    assert blind['heading_nll'] == pytest.approx(-math.log(7 / 120), abs=0.2)
    assert blind['median_m'] == guess_figures(black, black['prior'])['median_m']
    assert guess_figures(black, black['truth'])['mean_m'] == 0.0


def test_mass_is_counted_within_nine_degrees(source: SimulatedPairs) -> None:
    case = next(cases_of(source, 4.0))
    yaws = case.truth.yaw + np.radians(np.arange(-30.0, 31.0, 3.0))
    volume = np.full((21, 5, 5), -50.0, np.float32)
    volume[7:14, 2, 2] = 0.0
    volume[2, 2, 2] = math.log(7.0)
    likelihood = PoseLikelihood(
        volume, PatchGeometry(case.truth.x, case.truth.y, 0.5, 5, 5), yaws, 0.0, 0.5, 0.25)
    found = answer(likelihood, case)
    assert found['mass'] == pytest.approx(0.5, abs=1e-6)
    assert (found['confidence'], found['score']) == (0.25, 0.5)
