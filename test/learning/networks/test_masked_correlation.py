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

"""The correlation with gradients is the matcher's."""

import math

import numpy as np
import pytest
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame
import torch

from xview_loc.errors import LearningError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.learning.data.birds_eye_sample import patch_of, window_of
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.networks.masked_correlation import masked_correlation, turned_views
from xview_loc.learning.training.birds_eye_items import features_of, VIEW_RADIUS_M
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.feature_map import prepare_feature_map
from xview_loc.matching.ground_features import ground_features
from xview_loc.matching.pose_correlator import PoseCorrelator

CONFIG = BevConfig(view_radius_m=VIEW_RADIUS_M)
RADIUS = 16


TRUE_YAW = 0.6


@pytest.fixture(scope='module')
def sample() -> CrossViewSample:
    """Return a panorama on flat ground, 3.2 m east and 1.1 m south of a tile's middle."""
    patch = patterned_patch(height=400, width=420)
    place = Pose2(patch.geometry.centre_x + 3.2, patch.geometry.centre_y - 1.1, TRUE_YAW)
    frame = rendered_frame(patch, place, panorama_camera())
    return CrossViewSample('pattern', frame.image, patch.image, 0.2, 3.2, -1.1,
                           0.5 * math.pi - TRUE_YAW, camera=frame.camera)


@pytest.fixture(scope='module')
def item(sample):
    return {name: value[None] for name, value in features_of(
        sample, CONFIG, np.random.default_rng(0)).items()}


def scores_of(item: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the scores of the torch side, (K, 33, 33)."""
    views = turned_views(item['channels'], item['weight'], item['yaws'], 2)
    return masked_correlation(*views, item['satellite'], RADIUS)[0]


def test_scores_are_those_of_the_matcher(sample, item) -> None:
    ground = ground_features(window_of(sample), CONFIG, CONFIG.fine)
    yaws = item['yaws'][0].double().numpy()
    correlator = PoseCorrelator(
        ground, prepare_feature_map(patch_of(sample), CONFIG.fine), Pose2(0.0, 0.0, 0.0), 8.0,
        yaws, 2)
    expected = correlator.scores(yaws)
    found = scores_of(item).numpy()
    assert found.shape == expected.shape == (11, 33, 33)
    assert np.abs(found - expected).max() < 3e-3
    assert np.ptp(expected) > 0.1
    assert found.argmax() == expected.argmax()


def test_the_best_pose_is_the_true_one(item) -> None:
    scores = scores_of(item)
    turn, row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    assert turn == 0
    assert float(item['yaws'][0, 0]) == pytest.approx(TRUE_YAW)
    assert 0.5 * (column - RADIUS) == pytest.approx(3.2, abs=0.5)
    assert 0.5 * (RADIUS - row) == pytest.approx(-1.1, abs=0.5)


def test_gradients_are_those_of_finite_differences() -> None:
    rng = torch.Generator().manual_seed(1)
    channels, weight, satellite = (
        torch.rand(shape, generator=rng, dtype=torch.float64) - shift for shape, shift in (
            ((1, 3, 6, 6), 0.5), ((1, 6, 6), 0.0), ((1, 3, 10, 10), 0.5)))
    yaws = torch.tensor([[0.3, 2.0]], dtype=torch.float64)

    def scores(view: torch.Tensor, trust: torch.Tensor) -> torch.Tensor:
        return masked_correlation(*turned_views(view, trust, yaws, 1), satellite, 2)

    assert torch.autograd.gradcheck(
        scores, (channels.requires_grad_(), weight.requires_grad_()))


def test_offsets_that_would_wrap_around_are_refused() -> None:
    with pytest.raises(LearningError, match='need 12 cells of map; there are 10 x 10'):
        masked_correlation(torch.zeros(1, 1, 1, 8, 8), torch.zeros(1, 1, 8, 8),
                           torch.zeros(1, 1, 10, 10), 2)
