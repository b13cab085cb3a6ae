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
from xview_loc.learning.export.prepared_ccvpe import PLACES, PreparedSatellite, TURNS
from xview_loc.learning.export.prepared_ccvpe_match import PreparedMatch
from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.ccvpe_config import SCALES
from xview_loc.learning.networks.cvml import Cvml, CvmlMap

ARCS = tuple(f'arc{scale}' for scale in range(SCALES))


def dense_graphs(network: Cvml | Ccvpe) -> list[Graph]:
    """
    Return ``satellite``, ``ground`` and ``match``.

    ``match`` takes what ``ground`` returns for a batch of images and what ``satellite`` returns
    for one tile.

    :param network: in evaluation.
    """
    if isinstance(network, Cvml):
        return _graphs(
            network, (network.satellite, network.match), CvmlMap._fields, ('descriptors',),
            ('ground',), ('logits', 'cell_scores'))
    return _graphs(
        network, (PreparedSatellite(network).eval(), PreparedMatch(network).eval()),
        ('rings', *PLACES, *TURNS), ARCS, ARCS, ('logits', 'field', 'matches'))


def _graphs(
        network: Cvml | Ccvpe, modules: tuple[nn.Module, nn.Module], tile: tuple[str, ...],
        view: tuple[str, ...], taken: tuple[str, ...], scores: tuple[str, ...]) -> list[Graph]:
    """
    Return the three graphs.

    :param modules: ``satellite`` and ``match``.
    :param tile: outputs of ``satellite``, under the same names inputs of ``match``.
    :param view: outputs of ``ground``.
    :param taken: their names as inputs of ``match``.
    :param scores: outputs of ``match``.
    """
    size = network.config.satellite_size
    satellite, match = modules

    def tiles(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, size, size)}

    def views(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, *network.config.ground_shape)}

    def pairs(images: ExampleImages, batch: int) -> Inputs:
        with torch.no_grad():
            ground = flat(network.ground(*views(images, batch).values()))
            known = satellite(*tiles(images, 1).values())
        return dict(zip((*taken, *tile), (*ground, *known), strict=True))

    return [Graph('satellite', satellite, tile, tiles),
            Graph('ground', network.ground, view, views),
            Graph('match', match, scores, pairs, frozenset(tile))]
