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

"""Spatial transformer + SAFA ("Realistic Cross-View Image Geo-Localization")."""

from dataclasses import dataclass, replace
from enum import Enum, unique

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.polar_transform import PolarTransform
from xview_loc.learning.networks.resnet34_trunk import Resnet34Trunk
from xview_loc.learning.networks.spatial_aware_pooling import (
    ChannelPooling, DescriptorOrder, SpatialAwarePooling)
from xview_loc.learning.networks.spatial_transformer import (
    AffineTransformer, ComposedAffineTransformer, ThinPlateSplineTransformer)


@unique
class Warp(Enum):
    """How a satellite tile becomes a strip that resembles a panorama."""

    POLAR = 'polar'
    AFFINE = 'affine'
    COMPOSED_AFFINE = 'composed_affine'
    THIN_PLATE_SPLINE = 'thin_plate_spline'
    BOUNDED_THIN_PLATE_SPLINE = 'bounded_thin_plate_spline'


@dataclass(frozen=True)
class StnSafaConfig:
    """
    Sizes and choices of STN-SAFA; the defaults are those of CVUSA.

    :param warp: of the satellite tiles.
    :param ground_shape: rows and columns of the panoramas and of the warped tiles, multiples of 8.
    :param satellite_size: side of the tiles that a learned warp takes [px].
    :param polar_size: side of the tiles that a polar strip is made from [px].
    :param polar_shape: rows and columns of that strip, whole multiples of ``ground_shape``, to
        which it is averaged down.
    :param normalisation: of the colours.
    :param maps: number of spatial weight maps.
    :param blocks: residual blocks of the three stages of ResNet-34; (3, 4, 6) is published.
    :param reference: sample thin-plate splines and stretch polar strips as the published code
        does; the default is corrected.
    """

    warp: Warp = Warp.THIN_PLATE_SPLINE
    ground_shape: tuple[int, int] = (112, 616)
    satellite_size: int = 256
    polar_size: int = 750
    polar_shape: tuple[int, int] = (112, 616)
    normalisation: Normalisation = Normalisation.IMAGENET
    maps: int = 8
    blocks: tuple[int, ...] = (3, 4, 6)
    reference: bool = False

    def __post_init__(self) -> None:
        """Refuse strips that cannot be averaged to the shape of the panoramas."""
        if any(strip % side for strip, side in zip(self.polar_shape, self.ground_shape)):
            raise ConfigurationError(
                f'polar_shape is {self.polar_shape}; its sides must be whole multiples of '
                f'ground_shape {self.ground_shape}.')

    @classmethod
    def cvusa(cls, warp: Warp = Warp.THIN_PLATE_SPLINE, reference: bool = False) \
            -> 'StnSafaConfig':
        """Return the settings for CVUSA."""
        return cls(warp=warp, reference=reference)

    @classmethod
    def vigor(cls, warp: Warp = Warp.THIN_PLATE_SPLINE, reference: bool = False) \
            -> 'StnSafaConfig':
        """Return the settings for VIGOR."""
        return replace(
            cls(warp=warp, reference=reference), ground_shape=(160, 320), satellite_size=160,
            polar_size=640, polar_shape=(320, 640), normalisation=Normalisation.CAFFE_RGB_UNIT)

    @property
    def input_size(self) -> int:
        """Return the side of the tiles that the satellite branch takes [px]."""
        return self.polar_size if self.warp is Warp.POLAR else self.satellite_size


class PolarStrip(nn.Module):
    """
    Tiles to normalised polar strips of the panoramas' shape.

    In the polar mode this is the front of the satellite branch; otherwise, what the auxiliary L1
    loss pulls the learned warp towards. It assumes that the camera stands in the tile's centre.
    """

    def __init__(self, config: StnSafaConfig) -> None:
        super().__init__()
        self.polar = PolarTransform(
            config.polar_size, *config.polar_shape, stretch=config.reference)
        self.shrink = (config.polar_shape[0] // config.ground_shape[0],
                       config.polar_shape[1] // config.ground_shape[1])
        self.normalisation = ColourNormalisation(config.normalisation)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the strips, (B, 3, h, w).

        :param images: RGB tiles, uint8 (B, S, S, 3) or floating point (B, 3, S, S), 0 to 255.
        """
        strip = self.polar(planes(images))
        if self.shrink != (1, 1):
            strip = functional.avg_pool2d(strip, self.shrink)
        return self.normalisation(strip)


class LearnedWarp(nn.Module):
    """Tiles to normalised strips, by a spatial transformer."""

    def __init__(self, config: StnSafaConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(config.normalisation)
        size, shape = config.satellite_size, config.ground_shape
        self.transformer: nn.Module
        if config.warp is Warp.AFFINE:
            self.transformer = AffineTransformer(size, shape)
        elif config.warp is Warp.COMPOSED_AFFINE:
            self.transformer = ComposedAffineTransformer(size, shape)
        else:
            self.transformer = ThinPlateSplineTransformer(
                size, shape, bounded=config.warp is Warp.BOUNDED_THIN_PLATE_SPLINE,
                reference=config.reference)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the strips, (B, 3, h, w).

        :param images: RGB tiles, uint8 (B, S, S, 3) or floating point (B, 3, S, S), 0 to 255.
        """
        return self.transformer(self.normalisation(planes(images)))


class StnSafaDescriptor(nn.Module):
    """Normalised strips to descriptors: ResNet-34 features, aggregated by weight maps."""

    def __init__(self, config: StnSafaConfig) -> None:
        super().__init__()
        self.trunk = Resnet34Trunk(config.blocks)
        self.pooling = SpatialAwarePooling(
            self.trunk.output_shape(*config.ground_shape), config.maps, ChannelPooling.MAX,
            DescriptorOrder.CHANNEL_MAJOR, truncated=False, floor=1e-12)

    def forward(self, strips: torch.Tensor) -> torch.Tensor:
        """Return descriptors of unit length, (B, 256 * maps)."""
        return self.pooling(self.trunk(strips))


class StnSafaBranch(nn.Module):
    """Images to descriptors; ``strips`` is the half before the features."""

    def __init__(self, front: nn.Module, config: StnSafaConfig) -> None:
        super().__init__()
        self.front = front
        self.descriptor = StnSafaDescriptor(config)

    def strips(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the features are computed from, (B, 3, h, w), for the L1 loss."""
        return self.front(images)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return descriptors of unit length, (B, 256 * maps).

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        return self.descriptor(self.front(images))


class Panorama(nn.Module):
    """Panoramas to normalised strips."""

    def __init__(self, config: StnSafaConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(config.normalisation)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the colours that the features see, (B, 3, h, w)."""
        return self.normalisation(planes(images))


class StnSafa(nn.Module):
    """
    Two branches of the same structure with separate weights, the satellite's behind a warp.

    Faithful to the published code, with the corrections of :class:`StnSafaConfig` by default.

    :param config: sizes and choices.
    """

    def __init__(self, config: StnSafaConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or StnSafaConfig()
        self.descriptor_size = Resnet34Trunk.channels * config.maps
        front = PolarStrip(config) if config.warp is Warp.POLAR else LearnedWarp(config)
        self.satellite = StnSafaBranch(front, config)
        self.ground = StnSafaBranch(Panorama(config), config)

    def forward(
            self, satellite: torch.Tensor,
            ground: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the descriptors of satellite and ground images, see :class:`StnSafaBranch`."""
        return self.satellite(satellite), self.ground(ground)
