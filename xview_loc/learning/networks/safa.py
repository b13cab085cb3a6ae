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

"""
SAFA (Shi et al., NeurIPS 2019), and its geographically local training (Xia et al., RA-L 2021).

Geo-local SAFA is this network: only its batches and the weights of its negatives differ, see
:mod:`xview_loc.learning.losses.geo_local_triplet`.
"""

from dataclasses import dataclass

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.drop_block import DropBlock
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.polar_transform import PolarTransform
from xview_loc.learning.networks.spatial_aware_pooling import ChannelPooling, SpatialAwarePooling
from xview_loc.learning.networks.vgg16_trunk import Vgg16Trunk


@dataclass(frozen=True)
class SafaConfig:
    """
    Sizes and choices of SAFA; the defaults are those of CVUSA.

    :param ground_shape: rows and columns of the ground images.
    :param satellite_size: side of the tiles that enter the graph [px].
    :param polar_shape: rows and columns of the strip that a tile is unrolled to; ``None`` feeds
        the tile as it is.
    :param stretch: stretch the contrast of every strip as the writer of the reference did, for
        parity with the released weights; the default, corrected, does not.
    :param maps: number of spatial weight maps.
    :param pooling: over channels; the mean is that of the published code.
    :param dropout: probability of zeroing a value after conv4_x and conv5_x in training.
    :param drop_block: drop squares of the input images in training (geo-local on RobotCar).
    :param width: factor of the channels of VGG16; 1 is published.
    """

    ground_shape: tuple[int, int] = (112, 616)
    satellite_size: int = 750
    polar_shape: tuple[int, int] | None = (112, 616)
    stretch: bool = False
    maps: int = 8
    pooling: ChannelPooling = ChannelPooling.MEAN
    dropout: float = 0.2
    drop_block: bool = False
    width: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a contrast stretch without anything to stretch."""
        if self.stretch and self.polar_shape is None:
            raise ConfigurationError(
                'stretch is True without polar_shape; only polar strips are stretched.')

    @classmethod
    def cvusa(cls, stretch: bool = False) -> 'SafaConfig':
        """Return the settings for CVUSA with the polar transform."""
        return cls(stretch=stretch)

    @classmethod
    def cvusa_without_polar(cls) -> 'SafaConfig':
        """Return the settings of the ablation that feeds tiles shrunk to 256x256."""
        return cls(satellite_size=256, polar_shape=None)

    @classmethod
    def cvact(cls, stretch: bool = False) -> 'SafaConfig':
        """Return the settings for CVACT, global and geo-local."""
        return cls(satellite_size=1200, stretch=stretch)

    @classmethod
    def robotcar(cls) -> 'SafaConfig':
        """Return the settings of geo-local SAFA for a forward camera: no polar transform."""
        return cls(ground_shape=(154, 231), satellite_size=256, polar_shape=None, drop_block=True)


class SafaBranch(nn.Module):
    """
    VGG16 features, aggregated by learned spatial weight maps.

    :param shape: rows and columns of the images that reach VGG16.
    :param config: of the network.
    :param polar: what unrolls the images first, if anything.
    """

    def __init__(
            self, shape: tuple[int, int], config: SafaConfig,
            polar: PolarTransform | None = None) -> None:
        super().__init__()
        self.polar = polar
        self.normalisation = ColourNormalisation(Normalisation.CAFFE_BGR)
        self.drop_block = DropBlock() if config.drop_block else None
        self.trunk = Vgg16Trunk(config.dropout, width=config.width)
        self.pooling = SpatialAwarePooling(
            self.trunk.output_shape(*shape), config.maps, config.pooling)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return descriptors of unit length, (B, 512 * width * maps).

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        images = planes(images)
        if self.polar is not None:
            images = self.polar(images)
        images = self.normalisation(images)
        if self.drop_block is not None:
            images = self.drop_block(images)
        return self.pooling(self.trunk(images))


class Safa(nn.Module):
    """
    Two branches of the same structure with separate weights.

    Faithful to the published code, with its polar strips unstretched by default.

    :param config: sizes and choices.
    """

    def __init__(self, config: SafaConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or SafaConfig()
        size, strip = config.satellite_size, config.polar_shape
        polar = None if strip is None else PolarTransform(size, *strip, stretch=config.stretch)
        self.satellite = SafaBranch(strip or (size, size), config, polar)
        self.ground = SafaBranch(config.ground_shape, config)
        self.descriptor_size = self.ground.trunk.channels[-1] * config.maps

    def forward(
            self, satellite: torch.Tensor,
            ground: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the descriptors of satellite and ground images, see :class:`SafaBranch`."""
        return self.satellite(satellite), self.ground(ground)
