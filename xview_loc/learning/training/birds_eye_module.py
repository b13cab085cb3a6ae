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

"""``bev_net`` in training: cross-entropy over headings and offsets around the tile's middle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.losses.pose_volume import pose_volume_loss, pose_volume_target
from xview_loc.learning.networks.bev_net import BevNet, SIGMOID_OF_TRUST
from xview_loc.learning.networks.masked_correlation import masked_correlation, turned_views
from xview_loc.learning.training.birds_eye_items import (
    BirdsEyePairs, RANDOM_TURNS, SEARCH_RADIUS_M, TURNS_DEG)
from xview_loc.learning.training.gathering import Answers
from xview_loc.learning.training.training_module import Figures, TrainingModule
from xview_loc.matching.bev_config import BevConfig, FeatureConfig

# The best pose is right within this distance and at a heading within 5 degrees.
RIGHT_M = 1.5
RIGHT_TURNS = 3
SIGMA_M = 0.6


class BirdsEyeModule(TrainingModule):
    """
    A network of gates on hand-made features.

    Validation gives the figures of the network and, as ``bev_...``, those of the features without
    it, on the same poses: what is not better than these has learnt nothing.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.recipe.loss.kind != 'bev_net' or not isinstance(self.network, BevNet):
            raise LearningError(
                f'loss.kind is {self.recipe.loss.kind} and the family {self.recipe.family}; '
                'bev_net belongs to bev_net.')
        if not max(self.recipe.loss.pose_weight, self.recipe.loss.ground_weight) > 0.0:
            raise LearningError('loss.pose_weight and loss.ground_weight are 0; one must be more.')
        config = self.network.config
        self.features = BevConfig(fine=FeatureConfig(cell_m=config.cell_m))
        self.radius = math.ceil(SEARCH_RADIUS_M / config.cell_m)

    def pairs(self, source: PairSource, vary: bool = False) -> Any:
        """Return the features of a data set."""
        return BirdsEyePairs(
            source, self.features, crops=self.recipe.data.change == 'crops',
            seed=self.recipe.schedule.seed, vary=vary)

    def volume(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the log-likelihood of the poses of a batch, (B, K, H, W)."""
        return self.network(
            batch['channels'], batch['weight'], batch['rays'], batch['satellite'], batch['yaws'],
            self.radius)

    def target(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return where the truth lies at the true heading, (B, H, W)."""
        return pose_volume_target(
            batch['offset'].float(), self.radius, self.network.config.cell_m, SIGMA_M)

    def loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the mean cross-entropy, and that of telling where the ground is seen."""
        found = self.network.ground(batch['channels'], batch['weight'][:, None], batch['rays'])
        choice, parts = self.recipe.loss, []
        if choice.pose_weight > 0.0:
            volume = self.network.volume(found, *(batch[name] for name in (
                'channels', 'weight', 'satellite', 'yaws')), self.radius)
            parts.append(choice.pose_weight * pose_volume_loss(volume, self.target(batch)).mean())
        if choice.ground_weight > 0.0:
            parts.append(choice.ground_weight * ground_loss(
                found[0][:, -1] * SIGMOID_OF_TRUST, batch['weight'], batch['shown']))
        return torch.stack(parts).sum()

    def answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return cross-entropy and success of the network and of the features alone."""
        config = self.network.config
        scores = masked_correlation(
            *turned_views(batch['channels'], batch['weight'], batch['yaws'], config.pairs),
            batch['satellite'], self.radius)
        area = config.cell_m ** 2 * batch['weight'].sum(dim=(1, 2))
        plain = self.features.kappa * area[:, None, None, None] * scores
        found = {}
        for prefix, volume in (('', self.volume(batch)), ('bev_', plain)):
            found[f'{prefix}nll'] = pose_volume_loss(volume, self.target(batch))
            found[f'{prefix}right'] = self._right(volume, batch['offset']).float()
        return found

    def _right(self, volume: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
        """Tell whether the best pose is near the true one, (B,)."""
        side = 2 * self.radius + 1
        best = volume.flatten(1).argmax(dim=1)
        turn, place = best // (side * side), best % (side * side)
        row, column = place // side - self.radius, place % side - self.radius
        found = self.network.config.cell_m * torch.stack([column, -row], dim=1)
        return (turn < RIGHT_TURNS) & ((found - offset).norm(dim=1) < RIGHT_M)

    def figures_of(self, pairs: Answers, tiles: Answers | None, source: PairSource) -> Figures:
        """Return means; ``gain`` is by how much the network's cross-entropy is the lower one."""
        figures = {name: float(np.mean(pairs[name])) for name in self.figure_names()[:-1]}
        return figures | {'gain': figures['bev_nll'] - figures['nll']}

    def figure_names(self) -> list[str]:
        """Return the names of the figures."""
        return ['nll', 'right', 'bev_nll', 'bev_right', 'gain']

    def baselines(self, pairs: Answers, tiles: Answers | None,
                  source: PairSource) -> tuple[Figures, Figures]:
        """Return what a predictor reaches that takes all poses for equally probable, twice."""
        poses = (len(TURNS_DEG) + RANDOM_TURNS) * (2 * self.radius + 1) ** 2
        near = RIGHT_TURNS * math.pi * (RIGHT_M / self.network.config.cell_m) ** 2
        uniform = {'nll': math.log(poses), 'right': near / poses}
        return uniform, dict(uniform)


def ground_loss(
        probability: torch.Tensor, weight: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """
    Return the cross-entropy of telling which cells show the ground, averaged by their weights.

    :param probability: that a cell does, (B, n, n).
    :param weight: of the cells, (B, n, n).
    :param shown: the truth, 0 to 1; NaN where it is not known, (B, n, n).
    """
    known = weight * torch.isfinite(shown)
    each = torch.nn.functional.binary_cross_entropy(
        probability.clamp(1e-6, 1.0 - 1e-6), shown.nan_to_num(), reduction='none')
    return (known * each).sum() / known.sum().clamp_min(1e-6)
