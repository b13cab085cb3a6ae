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

"""CVLNet in training: short videos against tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.evaluation.baselines import video_centre, video_prior
from xview_loc.learning.evaluation.video_retrieval import video_figures, VideoRetrieval
from xview_loc.learning.losses.displacement_triplet import cvlnet_loss
from xview_loc.learning.networks.cvlnet import Cvlnet
from xview_loc.learning.training.gathering import Answers, descriptors_of_all
from xview_loc.learning.training.training_module import Figures, TrainingModule

BLOCK = 16


class VideoModule(TrainingModule):
    """A network that slides the ground map of a video over the features of tiles."""

    searches_tiles = True

    def loss(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the triplet loss over the best displacements of all pairs of the whole batch."""
        network = self.own
        tiles = network.satellite(batch['satellite'])
        features, uncertainty, ground = descriptors_of_all(
            tiles.features, tiles.uncertainty, self.maps(batch))
        return cvlnet_loss(network.match(features, uncertainty, ground).float())

    @property
    def own(self) -> Cvlnet:
        """Return the network."""
        if not isinstance(self.network, Cvlnet):
            raise LearningError(f'{self.recipe.family} takes no videos.')
        return self.network

    def maps(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return the ground maps of videos."""
        missing = [name for name in ('frames', 'intrinsics', 'motion') if name not in batch]
        if missing:
            raise LearningError(
                f'the pairs have no {", ".join(missing)}; {self.recipe.family} needs sequences of '
                'a pinhole camera.')
        return self.own.ground(batch['frames'], batch['intrinsics'], batch['motion'])

    def answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the ground maps of videos, and their tiles' features where none are searched."""
        found = {'map': self.maps(batch).float()}
        if not hasattr(self.validation_source, 'gallery'):
            found |= self.tile_answers(batch) | {'place': batch['position'] - batch['offset']}
        return found

    def tile_answers(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the features of tiles and where in them a camera may be."""
        tiles = self.own.satellite(batch['satellite'])
        return {'features': tiles.features.float(), 'uncertainty': tiles.uncertainty.float()}

    def figures_of(self, pairs: Answers, tiles: Answers | None, source: PairSource) -> Figures:
        """Return KITTI-CVL's recall of moved tiles."""
        return video_figures(self.retrieval(pairs, tiles, source))

    def figure_names(self) -> list[str]:
        """Return the names of recall and errors, found by one video."""
        return list(video_figures(VideoRetrieval(
            np.zeros((1, 1)), np.zeros((1, 1, 2)), np.zeros((1, 2)), np.zeros((1, 2)))))

    def baselines(self, pairs: Answers, tiles: Answers | None,
                  source: PairSource) -> tuple[Figures, Figures]:
        """Return the figures of tiles that are not moved, and of the nearest to a noisy prior."""
        data = self.retrieval(pairs, tiles, source)
        return video_centre(data), video_prior(data, self.recipe.schedule.seed)

    def retrieval(
            self, pairs: Answers, tiles: Answers | None, source: PairSource) -> VideoRetrieval:
        """Return scores and displacements of all videos and tiles, and the truth."""
        if source.positions is None:
            raise LearningError(f'{source.name} has no positions; nothing can be scored.')
        places = pairs.get('place')
        if tiles is not None:
            places = source.gallery().positions  # type: ignore[attr-defined]
        distances, displacements = self.search(pairs['map'], tiles or pairs)
        return VideoRetrieval(distances, displacements, source.positions, np.asarray(places))

    @torch.no_grad()
    def search(self, maps: np.ndarray, tiles: Answers) -> tuple[np.ndarray, np.ndarray]:
        """
        Return distances and displacements of all videos and tiles.

        :param maps: (N, 4, c, c).
        :param tiles: see :meth:`tile_answers`, (M, ...).
        :return: (N, M), and east and north [m], (N, M, 2).
        """
        network, device = self.own, self.device
        ground = torch.as_tensor(maps, device=device)
        distances, displacements = [], []
        for start in range(0, len(tiles['features']), BLOCK):
            scores = network.match(*(
                torch.as_tensor(tiles[name][start:start + BLOCK], device=device)
                for name in ('features', 'uncertainty')), ground)
            best = network.read(scores)
            distances.append((2.0 - 2.0 * best.score).T.cpu().numpy())
            displacements.append(torch.stack([best.east.T, best.north.T], dim=2).cpu().numpy())
        return np.concatenate(distances, axis=1), np.concatenate(displacements, axis=1)
