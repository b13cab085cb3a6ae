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

"""CVML ("MCC"): metric localisation with dense uncertainty (Xia et al., ECCV 2022)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.cell_wise_pooling import CellWisePooling
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.dense_decoder import DenseDecoder
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.spatial_aware_pooling import SpatialAwarePooling
from xview_loc.learning.networks.vgg16_trunk import Vgg16Trunk

CELL_PIXELS = 64


@dataclass(frozen=True)
class CvmlConfig:
    """
    Sizes of CVML; the defaults are those of VIGOR.

    :param ground_shape: rows and columns of the ground images.
    :param satellite_size: side of the tiles [px], a multiple of 64: a cell is 64 pixels wide.
    :param maps: number of spatial weight maps.
    :param dropout: probability of zeroing a value after conv4_x and conv5_x in training.
    :param width: factor of the channels of VGG16 and of the decoder; 1 is published.
    :param colours: how they are scaled; with ``imagenet`` all features are of order one, which
        random weights need.
    """

    ground_shape: tuple[int, int] = (320, 640)
    satellite_size: int = 512
    maps: int = 8
    dropout: float = 0.2
    width: float = 1.0
    colours: Normalisation = Normalisation.CAFFE_BGR

    def __post_init__(self) -> None:
        """Refuse tiles that cannot be cut into cells."""
        if self.satellite_size < CELL_PIXELS or self.satellite_size % CELL_PIXELS:
            raise ConfigurationError(
                f'satellite_size is {self.satellite_size}; it must be a multiple of '
                f'{CELL_PIXELS}.')

    @property
    def descriptor_size(self) -> int:
        """Return the number of values of a descriptor."""
        return int(512 * self.width) * self.maps

    @classmethod
    def vigor(cls) -> 'CvmlConfig':
        """Return the settings for panoramas of VIGOR."""
        return cls()

    @classmethod
    def robotcar(cls) -> 'CvmlConfig':
        """Return the settings for the forward camera of Oxford RobotCar."""
        return cls(ground_shape=(154, 231))


class CvmlMap(NamedTuple):
    """
    What a tile contributes, to be computed once for all images.

    With another ``width`` than 1 the channels are that much fewer.

    :param descriptors: of the cells, unit length, (B, 512 maps, h, w).
    :param conv5_3: (B, 512, 4 h, 4 w).
    :param conv4_3: (B, 512, 8 h, 8 w).
    :param conv3_3: (B, 256, 16 h, 16 w).
    :param conv2_2: (B, 128, 32 h, 32 w).
    :param conv1_2: (B, 64, 64 h, 64 w).
    """

    descriptors: torch.Tensor
    conv5_3: torch.Tensor
    conv4_3: torch.Tensor
    conv3_3: torch.Tensor
    conv2_2: torch.Tensor
    conv1_2: torch.Tensor


class CvmlScores(NamedTuple):
    """
    What an image says about a tile.

    :param logits: of the pixels, (B, 1, 64 h, 64 w); their softmax is the distribution.
    :param cell_scores: cosine of the image and every cell, (B, 1, h, w).
    """

    logits: torch.Tensor
    cell_scores: torch.Tensor


class CvmlSatellite(nn.Module):
    """VGG16 features of a tile, and one SAFA descriptor for every 4x4 block of conv5_3."""

    def __init__(self, config: CvmlConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(config.colours)
        self.trunk = Vgg16Trunk(config.dropout, final_pool=False, width=config.width)
        self.pooling = CellWisePooling(maps=config.maps)

    def forward(self, images: torch.Tensor) -> CvmlMap:
        """
        Return the features of a tile.

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        stages = self.trunk.stages(self.normalisation(planes(images)))[::-1]
        return CvmlMap(self.pooling(stages[0]), *stages)


class CvmlGround(nn.Module):
    """VGG16 features of a ground image, aggregated to one SAFA descriptor."""

    def __init__(self, config: CvmlConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(config.colours)
        self.trunk = Vgg16Trunk(config.dropout, width=config.width)
        self.pooling = SpatialAwarePooling(
            self.trunk.output_shape(*config.ground_shape), config.maps)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return descriptors of unit length, (B, 512 width maps).

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        return self.pooling(self.trunk(self.normalisation(planes(images))))


class CvmlMatch(nn.Module):
    """Compare the image with every cell, and decode scores and descriptors to pixels."""

    def __init__(self, config: CvmlConfig) -> None:
        super().__init__()
        self.decoder = DenseDecoder(config.descriptor_size + 1, width=config.width)

    def forward(
            self, ground: torch.Tensor, descriptors: torch.Tensor, conv5_3: torch.Tensor,
            conv4_3: torch.Tensor, conv3_3: torch.Tensor, conv2_2: torch.Tensor,
            conv1_2: torch.Tensor) -> CvmlScores:
        """
        Score a batch of images against a batch of tiles, or against one tile.

        :param ground: (B, D), see :class:`CvmlGround`.
        :param descriptors: of the cells, (B or 1, D, h, w), and the skip connections after it:
            the members of :class:`CvmlMap` in order.
        """
        scores = (ground[:, :, None, None] * descriptors).sum(dim=1, keepdim=True)
        batch = ground.shape[0]
        cells = torch.cat([scores, descriptors.expand(batch, -1, -1, -1)], dim=1)
        skips = [skip.expand(batch, -1, -1, -1)
                 for skip in (conv5_3, conv4_3, conv3_3, conv2_2, conv1_2)]
        logits = self.decoder(cells, skips)
        return CvmlScores(logits, scores)


class Cvml(nn.Module):
    """
    Distribution over the pixels of a tile, given an image of known orientation.

    ======================= ============================= ==================================
    what                    published code                here
    ======================= ============================= ==================================
    target                  truncated to pixels, on a     sub-pixel; ``reference`` of
                            grid stretched by 512/511     :func:`.heat_map_target`
    colours                 BGR, mean of red 123.6        the same, reordered inside
    weight regularisers     declared, never used          absent
    unknown orientation     not in the repository         :mod:`.rotation_sweep`
    ======================= ============================= ==================================

    :param config: sizes.
    """

    def __init__(self, config: CvmlConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CvmlConfig()
        self.descriptor_size = config.descriptor_size
        self.satellite = CvmlSatellite(config)
        self.ground = CvmlGround(config)
        self.match = CvmlMatch(config)

    def forward(self, satellite: torch.Tensor, ground: torch.Tensor) -> CvmlScores:
        """Score ground images against satellite images, see the three parts."""
        return self.match(self.ground(ground), *self.satellite(satellite))
