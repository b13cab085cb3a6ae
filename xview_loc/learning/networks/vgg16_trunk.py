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

"""The convolutions of VGG16, padded as the published methods pad them."""

from collections.abc import Mapping

import torch
from torch import nn
from torchvision.models import vgg

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation

# The last layer of each of the five blocks in torchvision's list, up to its rectifier.
BLOCK_ENDS = (4, 9, 16, 23, 30)


class Vgg16Trunk(nn.Module):
    """
    Configuration D of Simonyan and Zisserman (2015): five blocks of 3x3 convolutions.

    Convolutions are padded with zeros to keep the size. Pooling halves and rounds up, which is
    the ``SAME`` rule of TensorFlow: the default of torchvision would round down and change every
    later size (112x616 ends at 4x20, not 3x19).

    :param dropout: probability of zeroing a value after each convolution of blocks 4 and 5, in
        training; 0.2 is the keep probability of 0.8 of the TensorFlow methods.
    :param last_block: 5, or 4 to leave out conv5_1 to conv5_3.
    :param final_pool: whether to pool after the last block too.
    :param width: factor of all numbers of channels, from 1/64 to 1 (the width multiplier of
        Howard et al., 2017); below 1 there are no ImageNet weights.
    """

    channels: tuple[int, ...] = (64, 128, 256, 512, 512)

    def __init__(
            self, dropout: float = 0.2, last_block: int = 5, final_pool: bool = True,
            width: float = 1.0) -> None:
        super().__init__()
        if not 1.0 / 64.0 <= width <= 1.0:
            raise ConfigurationError(f'width is {width}; it must be from 1/64 to 1.')
        self.channels = tuple(int(count * width) for count in Vgg16Trunk.channels)
        if last_block not in (4, 5):
            raise ConfigurationError(f'last_block is {last_block}; it must be 4 or 5.')
        layers = list(vgg.make_layers([
            layer if isinstance(layer, str) else int(layer * width) for layer in vgg.cfgs['D']]))
        starts = (0, *(end + 1 for end in BLOCK_ENDS))
        self.blocks = nn.ModuleList(
            nn.Sequential(*_with_dropout(layers[start:end], dropout if block >= 3 else 0.0))
            for block, (start, end) in enumerate(zip(starts, BLOCK_ENDS)) if block < last_block)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.final_pool = final_pool
        for layer in self.convolutions():
            _initialise(layer)

    def stages(self, images: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the output of every block before its pooling: conv1_2, conv2_2, conv3_3, ...

        :param images: normalised colours, (B, 3, H, W).
        :return: (B, ``channels[i]``, ceil(H / 2 ** i), ceil(W / 2 ** i)) for block i.
        """
        outputs: list[torch.Tensor] = []
        for block in self.blocks:
            outputs.append(block(self.pool(outputs[-1]) if outputs else images))
        return outputs

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the features of the last block.

        :param images: normalised colours, (B, 3, H, W).
        :return: (B, 512 width, h, w), see :meth:`output_shape`.
        """
        features = self.stages(images)[-1]
        return self.pool(features) if self.final_pool else features

    def output_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return rows and columns of the features of an image."""
        for _ in range(len(self.blocks) - (0 if self.final_pool else 1)):
            height, width = -(-height // 2), -(-width // 2)
        return height, width

    def convolutions(self) -> list[nn.Conv2d]:
        """Return conv1_1, conv1_2, ... in order."""
        return [layer for layer in self.blocks.modules() if isinstance(layer, nn.Conv2d)]

    def load_imagenet(
            self, state: Mapping[str, torch.Tensor],
            normalisation: ColourNormalisation | None = None) -> None:
        """
        Take over torchvision's ImageNet weights.

        :param state: the state dictionary of torchvision's VGG16.
        :param normalisation: of the images this trunk sees; the first convolution is changed so
            that it computes what it would on torchvision's own normalisation. ``None`` copies it
            as it is.
        """
        names = sorted((name for name in state if name.startswith('features.')
                        and name.endswith('.weight')), key=lambda name: int(name.split('.')[1]))
        if len(names) != 13:
            raise ConfigurationError(
                f'the weights hold {len(names)} convolutions; VGG16 has 13.')
        if self.channels != Vgg16Trunk.channels:
            raise ConfigurationError(
                f'ImageNet weights fit a VGG16 of width 1; this one begins with '
                f'{self.channels[0]} channels in place of 64.')
        with torch.no_grad():
            for index, (layer, name) in enumerate(zip(self.convolutions(), names)):
                weight, bias = state[name], state[name.replace('weight', 'bias')]
                if index == 0 and normalisation is not None:
                    weight, bias = normalisation.adapt_from_imagenet(weight, bias)
                layer.load_state_dict({'weight': weight, 'bias': bias})


def _initialise(layer: nn.Conv2d) -> None:
    """
    Keep the variance of the signal from layer to layer, as torchvision's VGG does.

    With the default of torch, thirteen layers shrink the differences between images to 1e-5.
    """
    nn.init.kaiming_normal_(layer.weight, mode='fan_out', nonlinearity='relu')
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _with_dropout(layers: list[nn.Module], probability: float) -> list[nn.Module]:
    """Drop values after each rectifier, and leave out torchvision's pooling."""
    result = []
    for layer in layers:
        if isinstance(layer, nn.MaxPool2d):
            continue
        result.append(layer)
        if isinstance(layer, nn.ReLU) and probability > 0.0:
            result.append(nn.Dropout(probability))
    return result
