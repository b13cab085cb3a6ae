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

"""OriCNN: lending orientation to a network (Liu and Li, CVPR 2019)."""

from dataclasses import dataclass
import math

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.orientation_maps import (
    aerial_orientation, ground_orientation, resized_aerial_orientation, turned, with_orientation)
from xview_loc.learning.networks.unit_length import unit_length

CHANNELS = (64, 128, 256, 512, 512, 512, 512)


@dataclass(frozen=True)
class OriCnnConfig:
    """
    Sizes and choices of OriCNN; the defaults are those of CVUSA and of CVACT.

    :param ground_shape: rows and columns of the panoramas; the middle row is the horizon.
    :param satellite_size: side of the tiles [px].
    :param horizontal_fov: angle from the first to the last ground column [rad].
    :param batch_statistics_at_test: the reference normalises by the statistics of the current
        batch at test too, so that a descriptor depends on its neighbours in the batch. ``True``
        does the same, for parity with published numbers; the default uses running statistics.
    :param raw_satellite_size: the reference shrinks the aerial orientation map from the raw tile
        (750 on CVUSA, 1200 on CVACT), which averages directions within a cell. Its side for
        parity; ``None``, the default, computes the map at ``satellite_size``.
    """

    ground_shape: tuple[int, int] = (224, 1232)
    satellite_size: int = 512
    horizontal_fov: float = 2 * math.pi
    batch_statistics_at_test: bool = False
    raw_satellite_size: int | None = None

    def __post_init__(self) -> None:
        """Refuse angles that no panorama has; the encoder and the maps check sizes."""
        if not 0.0 < self.horizontal_fov <= 2 * math.pi:
            raise ConfigurationError(
                f'horizontal_fov is {self.horizontal_fov}; it must be above 0 and at most 2 pi.')
        if min(*self.ground_shape, self.satellite_size) < 2:
            raise ConfigurationError(
                f'images of {self.ground_shape} and {self.satellite_size}; every side must be at '
                'least 2.')

    @classmethod
    def reference(cls, raw_satellite_size: int = 750) -> 'OriCnnConfig':
        """Return the settings that behave as the published code does."""
        return cls(batch_statistics_at_test=True, raw_satellite_size=raw_satellite_size)


class SameConvolution(nn.Conv2d):
    """
    A 4x4 convolution of stride 2 with TensorFlow's ``SAME`` padding: the size halves, rounded up.

    An even side is padded by one pixel on both ends, an odd side by one before and two after.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, kernel_size=4, stride=2)
        nn.init.normal_(self.weight, std=0.02)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        height, width = features.shape[2:]
        return super().forward(functional.pad(features, (1, 1 + width % 2, 1, 1 + height % 2)))


class OriCnnEncoder(nn.Module):
    """
    Seven convolutions of stride 2, and generalised-mean pooling over the last three.

    :param batch_statistics_at_test: see :class:`OriCnnConfig`.
    """

    descriptor_size = 3 * CHANNELS[-1]

    def __init__(self, batch_statistics_at_test: bool = False) -> None:
        super().__init__()
        sizes = (5, *CHANNELS)
        self.convolutions = nn.ModuleList(
            SameConvolution(before, after) for before, after in zip(sizes, CHANNELS))
        norms = [nn.BatchNorm2d(count, eps=1e-5, momentum=0.1,
                                track_running_stats=not batch_statistics_at_test)
                 for count in CHANNELS[1:]]
        for norm in norms:
            nn.init.normal_(norm.weight, mean=1.0, std=0.02)
        self.norms = nn.ModuleList(norms)

    def levels(self, images: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the output of all seven layers, without their rectifiers.

        :param images: (B, 5, H, W), colours and orientation in [-1, 1].
        """
        outputs = [self.convolutions[0](images)]
        for convolution, norm in zip(self.convolutions[1:], self.norms):
            outputs.append(norm(convolution(functional.leaky_relu(outputs[-1], 0.2))))
        return outputs

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return descriptors of unit length, (B, 1536).

        :param images: (B, 5, H, W), colours and orientation in [-1, 1].
        """
        levels = self.levels(images)
        anchor = levels[-1]
        scales = [resampled(level, anchor.shape[2:]) for level in levels[4:6]]
        return unit_length(generalised_mean(torch.cat([*scales, anchor], dim=1)))


def resampled(features: torch.Tensor, shape: torch.Size | tuple[int, int]) -> torch.Tensor:
    """Sample bilinearly at the centres of the cells of a coarser grid."""
    return functional.interpolate(
        features, size=tuple(shape), mode='bilinear', align_corners=False, antialias=False)


def generalised_mean(
        features: torch.Tensor, power: float = 3.0, floor: float = 1e-6) -> torch.Tensor:
    """
    Pool positions by the generalised mean (Radenovic et al., 2018, eq. 4).

    :param features: (B, C, H, W).
    :param power: 1 is the mean, infinity the maximum.
    :param floor: smaller values count as this.
    :return: (B, C), not normalised.
    """
    return features.clamp(min=floor).pow(power).mean(dim=(2, 3)).pow(1.0 / power)


class OriCnnGround(nn.Module):
    """Panoramas with known heading to descriptors."""

    orientation: torch.Tensor

    def __init__(self, config: OriCnnConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(Normalisation.SYMMETRIC_BGR)
        self.encoder = OriCnnEncoder(config.batch_statistics_at_test)
        self.register_buffer(
            'orientation', ground_orientation(*config.ground_shape, config.horizontal_fov),
            persistent=False)

    def forward(
            self, images: torch.Tensor, heading: torch.Tensor | None = None) -> torch.Tensor:
        """
        Return descriptors, (B, 1536).

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        :param heading: of the centre column, clockwise from north [rad], (B,); ``None`` is north.
        """
        orientation = self.orientation if heading is None else turned(self.orientation, heading)
        return self.describe(images, orientation)

    def describe(self, images: torch.Tensor, orientation: torch.Tensor) -> torch.Tensor:
        """
        Return the descriptors of images whose orientation is given pixel by pixel.

        Training rolls panorama and map together (column W - 1 is followed by column 0, the same
        direction again), which no single heading reproduces.

        :param orientation: (2, H, W) or (B, 2, H, W), see :mod:`.orientation_maps`.
        """
        return self.encoder(with_orientation(self.normalisation(planes(images)), orientation))


class OriCnnSatellite(nn.Module):
    """North-up tiles to descriptors."""

    orientation: torch.Tensor

    def __init__(self, config: OriCnnConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(Normalisation.SYMMETRIC_BGR)
        self.encoder = OriCnnEncoder(config.batch_statistics_at_test)
        size, raw = config.satellite_size, config.raw_satellite_size
        orientation = (
            aerial_orientation(size) if raw is None else resized_aerial_orientation(raw, size))
        self.register_buffer('orientation', orientation, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return descriptors, (B, 1536).

        :param images: RGB, uint8 (B, S, S, 3) or floating point (B, 3, S, S), 0 to 255.
        """
        return self.describe(images, self.orientation)

    def describe(self, images: torch.Tensor, orientation: torch.Tensor) -> torch.Tensor:
        """
        Return the descriptors of tiles that were cropped or rotated with their map.

        :param orientation: (2, S, S) or (B, 2, S, S), see :mod:`.orientation_maps`.
        """
        return self.encoder(with_orientation(self.normalisation(planes(images)), orientation))


class OriCnn(nn.Module):
    """
    Two encoders of the same structure with separate weights.

    Faithful to the published code, except where the defaults of :class:`OriCnnConfig` correct it;
    ``OriCnn(OriCnnConfig.reference())`` does not.
    """

    descriptor_size = OriCnnEncoder.descriptor_size

    def __init__(self, config: OriCnnConfig | None = None) -> None:
        super().__init__()
        self.config = config or OriCnnConfig()
        self.satellite = OriCnnSatellite(self.config)
        self.ground = OriCnnGround(self.config)

    def forward(
            self, satellite: torch.Tensor, ground: torch.Tensor,
            heading: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the descriptors of satellite and ground images, see the two branches."""
        return self.satellite(satellite), self.ground(ground, heading)
