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

"""First weights of CVML's decoder that let it see the image from the first step on."""

import torch
from torch import nn
from torch.nn import functional

from xview_loc.learning.networks.cvml import Cvml
from xview_loc.learning.networks.dense_decoder import DenseDecoder


def start_evenly(network: Cvml, satellite: torch.Tensor, ground: torch.Tensor) -> None:
    """
    Scale the random weights of the decoder so that all that a layer joins is equally large.

    What the image says reaches the logits through twelve layers, while the features of the tile
    join it at each of five, a hundred times as large: as Xavier's weights leave it, the logits of
    two images differ by 1e-7 of their spread, and for the first 60 steps of
    ``test/learning/test_overfit_cvml.py`` nothing but the cells is learnt. Every layer is given
    outputs of a root mean square of 1 on example images, and equal shares of it to its two inputs
    (layer-sequential unit variance, Mishkin and Matas, ICLR 2016, by input).

    :param network: with random weights, which are scaled in place.
    :param satellite: example tiles, see :class:`.CvmlSatellite`.
    :param ground: as many example images.
    """
    training = network.training
    network.eval()
    with torch.no_grad(), network.match.decoder.register_forward_pre_hook(_scale):
        network(satellite, ground)
    network.train(training)


def _scale(decoder: nn.Module, inputs: tuple) -> None:
    """Scale every layer of a decoder in turn, on what it is about to be given."""
    assert isinstance(decoder, DenseDecoder)
    features, skips = inputs
    for index, (up, first, second) in enumerate(
            zip(decoder.ups, decoder.first, decoder.second)):
        features = _scaled(up, features)
        own = features.shape[1]
        first.weight[:, :own] /= _size(features)
        if index > 0:
            skip = skips[index - 1]
            first.weight[:, own:] /= _size(skip)
            features = torch.cat([features, skip], dim=1)
        features = _scaled(second, _scaled(first, features))


def _scaled(layer: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """Give the outputs of a layer a root mean square of 1, and return them rectified."""
    layer.weight /= _size(layer(features))
    return functional.relu(layer(features))


def _size(values: torch.Tensor) -> torch.Tensor:
    """Return the root mean square, or the smallest positive number."""
    return values.square().mean().sqrt().clamp(min=1e-12)
