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

"""Graphs of the gates on bird's-eye features."""

from __future__ import annotations

import math

import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph, Inputs
from xview_loc.learning.networks.bev_net import BevNet
from xview_loc.learning.networks.bev_net_config import BevNetConfig, BevNetKind

MAP_SIDE = 40


def birds_eye_graphs(network: BevNet) -> list[Graph]:
    """
    Return ``ground``, and ``satellite`` where the network changes that side.

    ``ground`` takes views of a fixed number of cells, ``satellite`` maps of any number.

    :param network: in evaluation.
    """
    config = network.config
    side = 2 * math.ceil(config.view_radius_m / config.cell_m)
    free = config.kind is BevNetKind.FREE
    outputs = ('gates', 'free') if free else ('gates',)

    def views(images: ExampleImages, batch: int) -> Inputs:
        rays = config.cell_m * (torch.arange(side) + 0.5 - side / 2)
        ahead, aside = torch.meshgrid(-rays, -rays, indexing='ij')
        distance = (ahead * ahead + aside * aside).sqrt()
        weight = torch.where(distance < config.view_radius_m, 1 / (1 + distance / 8), 0.0)
        return {'channels': example_channels(images, batch, side, side, config) * (
                    weight > 0.0), 'weight': weight.expand(batch, 1, -1, -1).clone(),
                'rays': torch.stack([ahead, aside]).expand(batch, -1, -1, -1).clone()}

    def maps(images: ExampleImages, batch: int) -> Inputs:
        return {'channels': example_channels(
            images, 1, MAP_SIDE * batch, MAP_SIDE + 8 * batch, config)}

    ground = Graph('ground', network.ground, outputs, views)
    if network.satellite is None:
        return [ground]
    return [Graph('satellite', network.satellite, outputs, maps, axes=(2, 3)), ground]


def example_channels(images: ExampleImages, batch: int, rows: int, columns: int,
                     config: BevNetConfig) -> torch.Tensor:
    """
    Return values of the size of features, from -1 to 1, (batch, C, rows, columns).

    :param images: what they show.
    :param batch: how many.
    :param rows: of cells.
    :param columns: of cells.
    :param config: of the network.
    """
    colours = [images(batch, rows + shift, columns)[:, shift:].permute(0, 3, 1, 2)
               for shift in range(math.ceil(config.channels / 3))]
    return torch.cat(colours, dim=1)[:, :config.channels] / 127.5 - 1.0
