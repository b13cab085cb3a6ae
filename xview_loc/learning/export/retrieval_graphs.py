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


"""Graphs of the networks that describe images: SAFA, STN-SAFA and OriCNN."""

from __future__ import annotations

import torch

from xview_loc.learning.export.example_images import ExampleImages
from xview_loc.learning.export.graph import Graph, Inputs
from xview_loc.learning.networks.oricnn import OriCnn
from xview_loc.learning.networks.safa import Safa
from xview_loc.learning.networks.stn_safa import StnSafa

OUTPUTS = ('descriptors',)


def retrieval_graphs(network: Safa | StnSafa | OriCnn) -> list[Graph]:
    """
    Return ``satellite`` and ``ground``; each maps ``images`` to ``descriptors``.

    OriCNN's ground graph takes ``heading`` besides: that of the centre column, clockwise from
    north [rad].

    :param network: in evaluation.
    """
    config = network.config
    size = config.input_size if hasattr(config, 'input_size') else config.satellite_size

    def tiles(images: ExampleImages, batch: int) -> Inputs:
        return {'images': images(batch, size, size)}

    def views(images: ExampleImages, batch: int) -> Inputs:
        inputs = {'images': images(batch, *config.ground_shape)}
        if isinstance(network, OriCnn):
            inputs['heading'] = 2.5 * torch.arange(batch) - 3.0
        return inputs

    return [Graph('satellite', network.satellite, OUTPUTS, tiles),
            Graph('ground', network.ground, OUTPUTS, views)]
