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


"""Graphs of the networks that score every pixel of a tile: CVML and CCVPE."""

from __future__ import annotations

import torch
from torch import nn

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import flat, Graph, Inputs
from xview_loc.learning.networks.ccvpe import Ccvpe, CcvpeMap, CcvpeMatch
from xview_loc.learning.networks.ccvpe_config import SCALES
from xview_loc.learning.networks.cvml import Cvml, CvmlMap

ARCS = tuple(f'arc{scale}' for scale in range(SCALES))


class CcvpeFlatMatch(nn.Module):
    """
    CCVPE's matching with all its inputs by position; of the matches, it returns the coarsest.

    :param match: of the network.
    """

    def __init__(self, match: CcvpeMatch) -> None:
        super().__init__()
        self.match = match

    def forward(
            self, arc0: torch.Tensor, arc1: torch.Tensor, arc2: torch.Tensor, arc3: torch.Tensor,
            arc4: torch.Tensor, arc5: torch.Tensor, rings: torch.Tensor, block15: torch.Tensor,
            block10: torch.Tensor, block4: torch.Tensor, block2: torch.Tensor,
            block0: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return logits, orientation field and matches, see :class:`.CcvpeScores`."""
        scores = self.match(
            (arc0, arc1, arc2, arc3, arc4, arc5), rings, block15, block10, block4, block2, block0)
        return scores.logits, scores.field, scores.matches[0]


def dense_graphs(network: Cvml | Ccvpe) -> list[Graph]:
    """
    Return ``satellite``, ``ground`` and ``match``.

    ``match`` takes what ``ground`` returns for a batch of images and what ``satellite`` returns
    for one tile.

    :param network: in evaluation.
    """
    if isinstance(network, Cvml):
        return _graphs(
            network, CvmlMap._fields, ('descriptors',), ('ground',), network.match,
            ('logits', 'cell_scores'))
    return _graphs(
        network, CcvpeMap._fields, ARCS, ARCS, CcvpeFlatMatch(network.match),
        ('logits', 'field', 'matches'))


def _graphs(
        network: Cvml | Ccvpe, tile: tuple[str, ...], view: tuple[str, ...],
        taken: tuple[str, ...], match: nn.Module, scores: tuple[str, ...]) -> list[Graph]:
    """
    Return the three graphs.

    :param tile: outputs of ``satellite``, under the same names inputs of ``match``.
    :param view: outputs of ``ground``.
    :param taken: their names as inputs of ``match``.
    :param scores: outputs of ``match``.
    """
    size = network.config.satellite_size

    def tiles(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, size, size)}

    def views(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, *network.config.ground_shape)}

    def pairs(images: ExampleImages, batch: int) -> Inputs:
        with torch.no_grad():
            ground = flat(network.ground(*views(images, batch).values()))
            satellite = network.satellite(*tiles(images, 1).values())
        return dict(zip((*taken, *tile), (*ground, *satellite), strict=True))

    return [Graph('satellite', network.satellite, tile, tiles),
            Graph('ground', network.ground, view, views),
            Graph('match', match, scores, pairs, frozenset(tile))]
