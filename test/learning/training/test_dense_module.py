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

"""Poses travel from pixels to metres and back; angles grow as each data set has them."""

from dataclasses import replace
import math

import numpy as np
import pytest
import torch
from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.losses.orientation_target import orientation_bins
from xview_loc.learning.networks.cvml import CvmlScores
from xview_loc.learning.presets import preset
from xview_loc.learning.training.dense_module import DenseModule
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.matching.model_records import RingLayout

RECIPE = read_recipe('cvml_city')


class SeesTheMark(nn.Module):
    """A network that is sure of the white pixel of its tile, or of its mirror image."""

    def __init__(self, flip: bool = False) -> None:
        super().__init__()
        self.flip = flip

    def forward(self, satellite: torch.Tensor, ground: torch.Tensor) -> CvmlScores:
        logits = satellite[..., :1].permute(0, 3, 1, 2).float() / 4.0
        seen = ground.flatten(1).amax(dim=1) > 0
        logits = logits * seen[:, None, None, None]
        return CvmlScores(logits.flip(2, 3) if self.flip else logits, logits)


def module(network: nn.Module, ring: RingLayout | None = None) -> DenseModule:
    deployment = replace(preset('cvml', True).deployment, ring=ring)
    return DenseModule(RECIPE, network, deployment=deployment)


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    """Return tiles of 64 px of 0.5 m with a mark where the camera is."""
    rng = np.random.default_rng(0)
    cells = rng.integers(4, 60, (20, 2))
    tiles = np.zeros((20, 64, 64, 3), np.uint8)
    tiles[np.arange(20), cells[:, 0], cells[:, 1]] = 255
    pixel = cells + 0.5
    offset = np.stack([pixel[:, 1] - 32, 32 - pixel[:, 0]], axis=1) * 0.5
    return {'satellite': torch.from_numpy(tiles), 'ground': torch.ones(20, 4, 8, 3),
            'metres_per_pixel': torch.full((20,), 0.5), 'pixel': torch.from_numpy(pixel),
            'offset': torch.from_numpy(offset), 'heading': torch.linspace(0, 6, 20)}


def figures(own: DenseModule, batch: dict[str, torch.Tensor]) -> dict:
    answers = {name: value.numpy() for name, value in own.answers(batch).items()}
    return own.figures_of(answers, None, None)  # type: ignore[arg-type]


def test_a_perfect_network_has_no_error(batch: dict[str, torch.Tensor]) -> None:
    found = figures(module(SeesTheMark()), batch)
    assert found['mean_m'] == 0.0
    assert found['lateral<1m'] == found['longitudinal<1m'] == found['coverage50'] == 1.0
    assert found['truth_probability'] == pytest.approx(1.0, abs=1e-6)
    assert found['ece'] == pytest.approx(0.0, abs=1e-6)


def test_a_flipped_network_is_wrong_by_twice_the_offset(batch: dict[str, torch.Tensor]) -> None:
    found = figures(module(SeesTheMark(flip=True)), batch)
    apart = 2 * batch['offset'].norm(dim=1).numpy()
    assert found['mean_m'] == pytest.approx(apart.mean(), abs=1e-6)
    assert found['coverage95'] == pytest.approx((apart < 0.5).mean(), abs=1e-6)


def test_a_blind_network_knows_nothing_and_says_so(batch: dict[str, torch.Tensor]) -> None:
    found = figures(module(SeesTheMark()), {**batch, 'ground': torch.zeros(20, 4, 8, 3)})
    assert found['truth_probability'] == pytest.approx(1 / 64 ** 2, abs=1e-9)
    assert found['coverage50'] == pytest.approx(0.5, abs=0.15)
    assert found['coverage95'] == pytest.approx(0.95, abs=0.1)
    assert found['ece'] < 0.1


@pytest.mark.parametrize('ring, clockwise_deg, bins, golden', [
    # the published tables of bins: VIGOR counts against the clock, KITTI and RobotCar with it
    (RingLayout('counterclockwise', bins='against_angle'), -90.0, 20, {15: 1.0}),
    (RingLayout('counterclockwise', bins='against_angle'), -197.57286, 20,
     {10: 0.02373, 9: 0.97627}),
    (RingLayout('clockwise', bins='against_angle'), 90.077375, 16, {12: 0.99656, 11: 0.00344}),
    (RingLayout('clockwise', bins='with_angle'), 257.08127, 20, {14: 0.71771, 15: 0.28229})])
def test_headings_fall_into_the_published_bins(
        ring: RingLayout, clockwise_deg: float, bins: int, golden: dict[int, float]) -> None:
    own = module(SeesTheMark(), ring)
    angle = own.label(torch.tensor([math.radians(clockwise_deg)], dtype=torch.float64))
    shares = orientation_bins(angle, bins, own.direction)[0]
    for index in range(bins):
        assert float(shares[index]) == pytest.approx(golden.get(index, 0.0), abs=2e-5)


def test_pairs_without_heading_and_losses_of_others_are_refused() -> None:
    own = module(SeesTheMark())
    with pytest.raises(LearningError, match='no heading'):
        own.label(torch.tensor([math.nan]))
    wrong = replace(RECIPE, loss=replace(RECIPE.loss, kind='ccvpe'))
    with pytest.raises(LearningError, match='needs cvml'):
        DenseModule(wrong, SeesTheMark(), deployment=preset('cvml', True).deployment)
