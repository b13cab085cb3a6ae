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

"""The matcher with gates is the training-free one until gates move."""

import math

import numpy as np
import pytest
from synthetic_scene import (
    panorama_camera, panorama_window, patterned_patch, rendered_frame, TRUTH)

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.bev_net_matcher import BevNetMatcher, BirdsEyeNetwork
from xview_loc.matching.birds_eye_view import rays_to_cells
from xview_loc.matching.matcher import SearchPrior

PRIOR = SearchPrior(Pose2(TRUTH.x + 1.0, TRUTH.y - 1.5, TRUTH.yaw), 5.0)


class Gates:
    """
    Answers with gates that depend on where a cell is.

    :param confidence: of the cells, from rays x and y.
    :param free: number of free channels, all zero.
    """

    def __init__(self, confidence=lambda x, y: np.ones_like(x), free: int = 0):
        self.confidence, self.free = confidence, free
        self.asked: list[dict[str, np.ndarray]] = []

    def run(self, graph, inputs):
        self.asked.append({'graph': np.array(graph), **inputs})
        shape = inputs['channels'].shape[2:]
        gates = np.ones((1, 6, *shape), np.float32)
        if graph == 'ground':
            gates[0, 5] = self.confidence(*inputs['rays'][0])
        found = {'gates': gates}
        if self.free:
            found['free'] = np.zeros((1, self.free, *shape), np.float32)
        return found


@pytest.fixture(scope='module')
def patch():
    return patterned_patch()


@pytest.mark.parametrize('resolution', [0.2, 0.3])
@pytest.mark.parametrize('network', [
    BirdsEyeNetwork(), BirdsEyeNetwork(satellite=True),
    BirdsEyeNetwork(satellite=True, free=True)])
@pytest.mark.parametrize('yaw_range', [0.2, math.pi])
def test_gates_of_one_change_nothing(patch, resolution, network, yaw_range) -> None:
    config = BevConfig.for_resolution(resolution)
    plain, gated = BevMatcher(config), BevNetMatcher(Gates(free=9 * network.free), network, config)
    window = panorama_window(patch, TRUTH, (1.3, 0.4))
    prior = SearchPrior(PRIOR.pose, 3.0, yaw_range)
    expected, found = (matcher.match(window, matcher.prepare(patch), prior)
                       for matcher in (plain, gated))
    np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, atol=2e-3)
    assert found.source == 'bev_net'
    assert found.geometry == expected.geometry


def test_cells_that_are_not_trusted_do_not_count(patch) -> None:
    """What lies to the left is replaced by another place; gates that say so find the pose."""
    config = BevConfig()
    frame = rendered_frame(patch, TRUTH, panorama_camera())
    elsewhere = rendered_frame(patch, Pose2(70.0, -60.0, 2.0), panorama_camera())
    image = frame.image.copy()
    image[:, :512] = elsewhere.image[:, :512]
    window = FrameWindow((type(frame)(image, 0.0, frame.camera),))
    trusting = BevMatcher(config)
    doubting = BevNetMatcher(Gates(lambda x, y: np.where(y > 0.0, 1e-4, 1.0)), config=config)
    scores = []
    for matcher in (trusting, doubting):
        likelihood = matcher.match(window, matcher.prepare(patch), PRIOR)
        scores.append(likelihood.score)
    best = likelihood.peak()
    assert best.distance_to(TRUTH) < 0.5
    assert math.degrees(abs(best.yaw - TRUTH.yaw)) < 3.1
    assert scores[1] > scores[0] + 0.1


def test_the_network_sees_cells_around_the_camera_wherever_it_is_mounted(patch) -> None:
    runner = Gates()
    matcher = BevNetMatcher(runner, BirdsEyeNetwork(view_radius_m=36.0))
    window = panorama_window(patch, TRUTH, (2.2, -0.7))
    matcher.match(window, matcher.prepare(patch), PRIOR)
    asked, = runner.asked
    assert {name: value.shape for name, value in asked.items() if name != 'graph'} == {
        'channels': (1, 7, 144, 144), 'weight': (1, 1, 144, 144), 'rays': (1, 2, 144, 144)}
    middle = asked['rays'][0, :, 71:73, 71:73].mean(axis=(1, 2))
    assert np.abs(middle).max() <= 0.25
    grid = matcher.network.grid(window.newest)
    np.testing.assert_array_equal(asked['rays'][0], rays_to_cells(window.newest, grid))
    assert asked['weight'][0, 0][np.hypot(*asked['rays'][0]) > 33.0].max() == 0.0


@pytest.mark.parametrize('resolution', [0.1, 0.3])
def test_each_frame_of_a_window_is_seen_once(patch, resolution) -> None:
    camera = panorama_camera()
    behind = Pose2(-2.0, 0.1, 0.05)
    frames = (rendered_frame(patch, TRUTH, camera, 1.0),
              rendered_frame(patch, TRUTH @ behind, camera, 0.5, behind))
    runner = Gates()
    matcher = BevNetMatcher(runner, config=BevConfig.for_resolution(resolution))
    likelihood = matcher.match(FrameWindow(frames), matcher.prepare(patch), PRIOR)
    assert len(runner.asked) == 2
    assert likelihood.peak().distance_to(TRUTH) < 0.6


def test_a_view_wider_than_the_networks_is_refused() -> None:
    with pytest.raises(MatchingError, match='view_radius_m is 32.0; .* at most 20 m'):
        BevNetMatcher(Gates(), BirdsEyeNetwork(view_radius_m=20.0))


def test_a_black_image_says_nothing(patch) -> None:
    frame = rendered_frame(patch, TRUTH, panorama_camera())
    window = FrameWindow((type(frame)(np.zeros_like(frame.image), 0.0, frame.camera),))
    matcher = BevNetMatcher(Gates())
    likelihood = matcher.match(window, matcher.prepare(patch), PRIOR)
    assert np.isnan(likelihood.log_likelihood).all()
