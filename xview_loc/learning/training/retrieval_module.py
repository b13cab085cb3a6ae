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

"""SAFA (global and geo-local), OriCNN and STN-SAFA in training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.evaluation.retrieval_protocol import (
    centre_row, evaluate_retrieval, prior_row, PROTOCOLS, RetrievalSet)
from xview_loc.learning.losses.geo_local_triplet import geo_local_triplet, GeoLocalConfig
from xview_loc.learning.losses.polar_l1 import polar_l1
from xview_loc.learning.losses.soft_margin_triplet import (
    descriptor_distances, far_apart, hardest_triplets, mined_share, soft_margin_triplet)
from xview_loc.learning.networks.oricnn import OriCnn
from xview_loc.learning.networks.stn_safa import PolarStrip, StnSafa, Warp
from xview_loc.learning.training.gathering import Answers, descriptors_of_all
from xview_loc.learning.training.training_module import Figures, TrainingModule


class RetrievalModule(TrainingModule):
    """
    A network with one descriptor for each image.

    Negatives are the other pairs of the whole batch, also of those that other processes compute.

    :param deployment: says how cosines become probabilities.
    """

    searches_tiles = True

    def __init__(self, *arguments: Any, deployment: Deployment, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.temperature = deployment.calibration.temperature
        self.polar: nn.Module | None = None
        network = self.network
        if (isinstance(network, StnSafa) and network.config.warp is not Warp.POLAR
                and self.recipe.loss.kind == 'hardest'):
            self.polar = PolarStrip(network.config)

    def loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the triplet loss of the whole batch, and the pull to the polar strip."""
        satellite, ground = descriptors_of_all(self.satellite(batch), self.ground(batch))
        positions, places = descriptors_of_all(
            batch['position'], batch['position'] - batch['offset'])
        distances = descriptor_distances(satellite.float(), ground.float())
        choice = self.recipe.loss
        if choice.kind == 'geo_local':
            config = GeoLocalConfig(choice.radius_m, choice.minimum_m, choice.sigma,
                                    choice.distance_power)
            return geo_local_triplet(distances, places, positions, config)
        if choice.kind == 'hardest':
            loss = hardest_triplets(distances, mined_share(self.current_epoch))
            return loss + self._pull(batch)
        if choice.kind != 'soft_margin':
            raise LearningError(f'loss.kind {choice.kind} is not for {self.recipe.family}.')
        usable = None
        if choice.far_apart_m > 0.0:
            usable = far_apart(positions, choice.far_apart_m)
        return soft_margin_triplet(distances, usable=usable)

    def satellite(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the descriptors of tiles."""
        network: Any = self.network
        if isinstance(network, OriCnn) and 'crop' in batch:
            return network.satellite.describe(
                batch['satellite'], aerial_maps(network.satellite.orientation, batch))
        return network.satellite(batch['satellite'])

    def ground(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the descriptors of ground images."""
        network: Any = self.network
        if isinstance(network, OriCnn) and 'roll' in batch:
            base = network.ground.orientation
            return network.ground.describe(batch['ground'], torch.stack([
                torch.roll(base, -int(columns), 2) for columns in batch['roll']]))
        return network.ground(batch['ground'])

    def _pull(self, batch: dict[str, Any]) -> torch.Tensor | float:
        """Return how far the learned warp is from the polar strip."""
        network, weight = self.network, self.recipe.loss.polar_weight
        if self.polar is None or weight == 0.0 or not isinstance(network, StnSafa):
            return 0.0
        size = network.config.polar_size
        tiles = batch['satellite'].permute(0, 3, 1, 2).float()
        with torch.no_grad():
            target = self.polar(nn.functional.interpolate(
                tiles, size=(size, size), mode='bilinear', align_corners=False))
        return weight * polar_l1(network.satellite.strips(batch['satellite']), target)

    def answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the descriptors of ground images, and of their tiles where none are searched."""
        found = {'ground': self.ground(batch).float()}
        if not hasattr(self.validation_source, 'gallery'):
            found |= self.tile_answers(batch) | {'place': batch['position'] - batch['offset']}
        return found

    def tile_answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the descriptors of tiles."""
        return {'satellite': self.satellite(batch).float()}

    def figures_of(self, pairs: Answers, tiles: Answers | None, source: PairSource) -> Figures:
        """Return recall by the protocol of the recipe."""
        data = replace(retrieval_set(pairs, tiles, source), temperature=self.temperature)
        return evaluate_retrieval(self.protocol, data, self.recipe.schedule.seed)

    def figure_names(self) -> list[str]:
        """Return the names that the protocol gives, found by two places."""
        places, vectors = np.array([[0.0, 0.0], [1e6, 0.0]]), np.eye(2)
        return list(evaluate_retrieval(self.protocol, RetrievalSet(
            vectors, vectors, np.arange(2), places, places, [np.zeros(0, int)] * 2, 1.0)))

    def baselines(self, pairs: Answers, tiles: Answers | None,
                  source: PairSource) -> tuple[Figures, Figures]:
        """Return the figures of the middle of the disc and of the noisy prior."""
        data, seed = retrieval_set(pairs, tiles, source), self.recipe.schedule.seed
        return centre_row(self.protocol, data, seed), prior_row(self.protocol, data, seed)

    @property
    def protocol(self) -> Any:
        """Return the protocol of the recipe."""
        name = self.recipe.protocol
        if name not in PROTOCOLS:
            raise LearningError(
                f'protocol is {name!r}; networks that retrieve need one of '
                f'{", ".join(PROTOCOLS)}.')
        return PROTOCOLS[name]


def retrieval_set(pairs: Answers, tiles: Answers | None, source: PairSource) -> RetrievalSet:
    """
    Return descriptors and truth for the evaluation.

    :param pairs: answers for ground images.
    :param tiles: answers for the gallery; ``None`` where each pair's own tile is all there is.
    :param source: of the truth.
    """
    if tiles is None:
        places = None if source.positions is None else pairs['place']
        return RetrievalSet(pairs['ground'], pairs['satellite'], np.arange(len(source)),
                            source.positions, places)
    matches: np.ndarray = source.matches  # type: ignore[attr-defined]
    gallery: Any = source.gallery()  # type: ignore[attr-defined]
    forgiven = [row[row >= 0] for row in matches[:, 1:]] if matches.shape[1] > 1 else None
    return RetrievalSet(pairs['ground'], tiles['satellite'], matches[:, 0], source.positions,
                        gallery.positions, forgiven)


def aerial_maps(base: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """
    Return the orientation map of every cropped and turned tile, (B, 2, S, S).

    A window keeps the azimuth of its pixels and the range of the whole tile.

    :param base: of a tile as it is, (2, S, S).
    :param batch: see :func:`.sample_changes.oriented_item`.
    """
    size = base.shape[-1]
    offset = torch.arange(size, device=base.device) - (size - 1) / 2
    distance = torch.hypot(offset[:, None], offset[None]) / (size / 2)
    maps = []
    for crop, turns in zip(batch['crop'], batch['turns']):
        if crop < 1.0:
            reach = 2.0 * (distance * crop).clamp(max=1.0) - 1.0
            own = torch.stack([base[0], reach.to(base)])
        else:
            own = base
        maps.append(torch.rot90(own, int(turns), (1, 2)))
    return torch.stack(maps)
