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


"""Networks with random weights, to run the pipeline and to measure it before any training."""

from __future__ import annotations

import torch
from torch import nn

from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.network_graphs import network_graphs
from xview_loc.learning.families import family_named
from xview_loc.learning.networks.batch_statistics import settle_batch_statistics
from xview_loc.learning.presets import preset
from xview_loc.matching.model_origin import ModelCard

SETTLING_BATCH = 4


def untrained(family: str, small: bool = False, seed: int = 0) -> Checkpoint:
    """
    Return a network with random weights; the same seed gives the same weights.

    Batch normalisation is set to the statistics of example images: as it starts, EfficientNet
    shrinks all images to the same features.

    :param family: one of :data:`.families.FAMILIES`.
    :param small: of the size that one CPU core runs live.
    :param seed: of the weights.
    """
    kind, chosen = family_named(family), preset(family, small)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = kind.network(chosen.config).eval()
        settle(network)
    card = ModelCard(
        licence='Apache-2.0', training_data='none, random weights',
        command=f'xview-loc export --untrained {family}{" --small" if small else ""} '
                f'--seed {seed}',
        paper=kind.paper, note='Says nothing about places; for tests and measurements of speed.')
    return Checkpoint(family, network, chosen.deployment, card)


def settle(network: nn.Module) -> None:
    """Set the running statistics to those of example images."""
    graphs = [graph for graph in network_graphs(network)
              if any(isinstance(layer, nn.BatchNorm2d) for layer in graph.module.modules())]

    def show() -> None:
        for graph in graphs:
            for images in ExampleImages:
                graph.module(*graph.inputs(images, SETTLING_BATCH).values())

    if graphs:
        settle_batch_statistics(network, show)
