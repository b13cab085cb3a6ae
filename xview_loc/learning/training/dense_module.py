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

"""CVML and CCVPE in training: a distribution over the pixels of one tile."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.evaluation.baselines import pose_centre, pose_prior
from xview_loc.learning.evaluation.dense_answers import (
    dense_figures, published_axes, read_peak, read_truth)
from xview_loc.learning.losses.dense_localisation import cvml_loss
from xview_loc.learning.losses.dense_pose import ccvpe_loss
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.losses.orientation_target import orientation_bins, RingDirection
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.training.gathering import Answers
from xview_loc.learning.training.training_module import Figures, TrainingModule


class DenseModule(TrainingModule):
    """
    A network that tells how probable each pixel is, and perhaps the heading there.

    :param deployment: says in which sense the network's angles grow.
    """

    def __init__(self, *arguments: Any, deployment: Deployment, **options: Any) -> None:
        super().__init__(*arguments, **options)
        ring = deployment.ring
        self.clockwise = ring is not None and ring.angle == 'clockwise'
        self.direction = RingDirection(ring.bins) if ring is not None else (
            RingDirection.AGAINST_ANGLE)
        expected = 'ccvpe' if isinstance(self.network, Ccvpe) else 'cvml'
        if self.recipe.loss.kind != expected:
            raise LearningError(
                f'loss.kind is {self.recipe.loss.kind}; {self.recipe.family} needs {expected}.')

    def loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the published loss of the method."""
        size = batch['satellite'].shape[1]
        target = heat_map_target(batch['pixel'] - size / 2, size)
        scores = self.network(batch['satellite'], batch['ground'])
        if not isinstance(self.network, Ccvpe):
            return cvml_loss(scores.logits.float(), scores.cell_scores.float(), target)
        angle = self.label(batch['heading'])
        bins = orientation_bins(angle, self.network.config.bins, self.direction)
        return ccvpe_loss(scores.logits.float(), scores.field.float(),
                          [match.float() for match in scores.matches], target, bins, angle)

    def label(self, heading: torch.Tensor) -> torch.Tensor:
        """
        Return the network's angle of a heading.

        :param heading: clockwise from the top of the tile [rad], (B,).
        """
        if not bool(torch.isfinite(heading).all()):
            raise LearningError(
                f'a pair has no heading; {self.recipe.family} cannot learn from it.')
        return heading if self.clockwise else -heading

    def answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the pose at the most probable pixel, the truth, and probabilities."""
        scores = self.network(batch['satellite'], batch['ground'])
        logits = scores.logits.float()
        shape = logits.shape[2:]
        probabilities = logits.flatten(1).softmax(dim=1).unflatten(1, shape).cpu().numpy()
        peak = read_peak(probabilities, batch['metres_per_pixel'].cpu().numpy())
        yaw = np.full(len(probabilities), np.nan)
        if isinstance(self.network, Ccvpe):
            vector = scores.field.float().cpu().numpy()[
                np.arange(len(yaw)), :, peak['row'], peak['column']]
            angle = np.arctan2(vector[:, 1], vector[:, 0])
            yaw = math.pi / 2 - (angle if self.clockwise else -angle)
        truth = np.column_stack([batch['offset'].cpu().numpy(),
                                 math.pi / 2 - batch['heading'].cpu().numpy()])
        found = {'estimate': np.column_stack([peak['east_m'], peak['north_m'], yaw]),
                 'truth': truth, 'confidence': peak['confidence'],
                 **read_truth(probabilities, batch['pixel'].cpu().numpy())}
        return {name: torch.as_tensor(np.asarray(value, np.float64))
                for name, value in found.items()}

    def figures_of(self, pairs: Answers, tiles: Answers | None, source: PairSource) -> Figures:
        """Return pose errors and calibration; on KITTI also as published code counts them."""
        figures = dense_figures(pairs)
        return figures | published_axes(pairs) if self.recipe.data.kind == 'kitti' else figures

    def figure_names(self) -> list[str]:
        """Return the names of pose errors and calibration, found by two poses."""
        estimate = np.zeros((2, 3))
        if not isinstance(self.network, Ccvpe):
            estimate[:, 2] = np.nan
        ones = np.ones(2)
        return list(dense_figures({
            'estimate': estimate, 'truth': np.zeros((2, 3)), 'confidence': ones,
            'truth_probability': ones, 'truth_level': ones}))

    def baselines(self, pairs: Answers, tiles: Answers | None,
                  source: PairSource) -> tuple[Figures, Figures]:
        """Return the figures of the middle of the tile and of draws from the prior."""
        heading = isinstance(self.network, Ccvpe)
        return (pose_centre(pairs['truth'], heading),
                pose_prior(pairs['truth'], heading, self.recipe.schedule.seed))
