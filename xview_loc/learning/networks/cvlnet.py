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

"""CVLNet: cross-view localisation of short videos (Shi et al., ACCV 2022)."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.displacement_search import (
    best_displacement, Displacement, DisplacementSearch, PlaceUncertainty)
from xview_loc.learning.networks.ground_plane_projection import GroundPlaneProjection
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.photo_consistency_fusion import PhotoConsistencyFusion
from xview_loc.learning.networks.vgg16_trunk import Vgg16Trunk

STRIDE = 16
FEATURES = 16
# The search needs features of the tile over this many cells of its border.
RADIUS = 3


@dataclass(frozen=True)
class CvlnetConfig:
    """
    Sizes and choices of CVLNet; the defaults are those of KITTI-CVL, corrected.

    :param ground_shape: rows and columns of the frames, multiples of 16.
    :param satellite_size: side of the tiles [px], a multiple of 32 from 128 to the published 512.
    :param metres_per_pixel: of the tiles.
    :param camera_height_m: above the ground.
    :param width: factor of the channels of VGG16; 1 is published.
    :param frozen_blocks: of VGG16 that are not trained; the published 2 need ImageNet weights.
    :param reference: feed colours that are not normalised as ImageNet's, lay the ground half a
        cell off (:class:`.GroundPlaneProjection`), and read displacements as the published code
        does (:func:`.displacement_search.best_displacement`).
    """

    ground_shape: tuple[int, int] = (256, 1024)
    satellite_size: int = 512
    metres_per_pixel: float = 0.1958285087
    camera_height_m: float = 1.65
    width: float = 1.0
    frozen_blocks: int = 2
    reference: bool = False

    def __post_init__(self) -> None:
        """Refuse images whose features would not end at their borders; the grid checks metres."""
        if any(side < STRIDE or side % STRIDE
               for side in (*self.ground_shape, self.satellite_size)):
            raise ConfigurationError(
                f'images of {self.ground_shape} and {self.satellite_size}; every side must be a '
                f'multiple of {STRIDE}.')
        if not 0 <= self.frozen_blocks <= 4:
            raise ConfigurationError(
                f'frozen_blocks is {self.frozen_blocks}; it must be from 0 to 4.')

    @property
    def cells(self) -> int:
        """Return the number of cells of a tile along a side."""
        return self.satellite_size // STRIDE

    @property
    def cell_m(self) -> float:
        """Return the side of a cell [m]."""
        return STRIDE * self.metres_per_pixel

    @property
    def smallest_spacing_m(self) -> float:
        """Return how far apart the members of a batch must be to be negatives [m]."""
        return (2 * RADIUS + 1) * self.cell_m


class Backbone(nn.Module):
    """VGG16 up to pool4 and two convolutions; its first blocks are not trained."""

    def __init__(self, config: CvlnetConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(
            Normalisation.UNIT if config.reference else Normalisation.IMAGENET)
        self.trunk = Vgg16Trunk(dropout=0.0, last_block=4, width=config.width)
        for block in self.trunk.blocks[:config.frozen_blocks]:
            block.requires_grad_(False)
        self.reduce = nn.Sequential(
            nn.Conv2d(self.trunk.channels[3], 128, 3, padding=1), nn.ReLU(),
            nn.Conv2d(128, FEATURES, 3, padding=1))
        _initialise(self.reduce)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the features, (B, 16, H / 16, W / 16).

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        return self.reduce(self.trunk(self.normalisation(planes(images))))


def _head() -> nn.Sequential:
    """Return the convolutions from features to the four channels that are compared."""
    return nn.Sequential(
        nn.Conv2d(FEATURES, FEATURES, 3, padding=1, bias=False), nn.ReLU(),
        nn.Conv2d(FEATURES, 4, 3, padding=1, bias=False))


def _initialise(module: nn.Module) -> None:
    """
    Draw the weights of convolutions so that differences between images survive.

    With the default of torch, biases drown them: untrained scores of two images in one tile differ
    by less than 1e-4.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class CvlnetMap(NamedTuple):
    """
    What a tile contributes, to be computed once for all sequences.

    :param features: (M, 4, h, w).
    :param uncertainty: of each displacement, 0 to 1, (M, 1, 7, 7).
    """

    features: torch.Tensor
    uncertainty: torch.Tensor


class CvlnetSatellite(nn.Module):
    """Features of a tile, and where in it a camera may be."""

    def __init__(self, config: CvlnetConfig) -> None:
        super().__init__()
        self.backbone = Backbone(config)
        self.head = _head()
        _initialise(self.head)
        self.uncertainty = PlaceUncertainty(radius=RADIUS, cells=config.cells)

    def forward(self, images: torch.Tensor) -> CvlnetMap:
        """
        Return the features of tiles.

        :param images: RGB, uint8 (M, H, W, 3) or floating point (M, 3, H, W), 0 to 255.
        """
        features = self.head(self.backbone(images))
        return CvlnetMap(features, self.uncertainty(features))


class CvlnetGround(nn.Module):
    """Features of frames, laid on the ground and fused over time."""

    def __init__(self, config: CvlnetConfig) -> None:
        super().__init__()
        self.backbone = Backbone(config)
        self.projection = GroundPlaneProjection(
            config.cells, config.cell_m, config.camera_height_m, STRIDE, config.reference)
        self.fusion = PhotoConsistencyFusion(FEATURES)
        self.head = _head()
        _initialise(self.fusion)
        _initialise(self.head)

    def fuse(
            self, features: torch.Tensor, intrinsics: torch.Tensor,
            motion: torch.Tensor) -> torch.Tensor:
        """
        Fuse the features of frames, of which all but the newest may be kept from before.

        :param features: of :class:`Backbone`, newest first, (N, S, 16, h, w).
        :param intrinsics: fx, fy, cx, cy of the frames that enter the network [px], (N, 4).
        :param motion: east and north relative to the newest frame [m] and yaw, counter-clockwise
            from east [rad], (N, S, 3).
        :return: (N, 4, cells, cells).
        """
        frames = features.shape[1]
        projected = self.projection(
            features.flatten(0, 1), intrinsics[:, None].expand(-1, frames, -1).flatten(0, 1),
            motion.flatten(0, 1))
        return self.head(self.fusion(projected.unflatten(0, (-1, frames))))

    def forward(
            self, images: torch.Tensor, intrinsics: torch.Tensor,
            motion: torch.Tensor) -> torch.Tensor:
        """
        Return the ground map of sequences, (N, 4, cells, cells).

        :param images: RGB, newest first, uint8 (N, S, H, W, 3) or floating point
            (N, S, 3, H, W), 0 to 255.
        :param intrinsics: see :meth:`fuse`.
        :param motion: see :meth:`fuse`.
        """
        frames = images.shape[1]
        features = self.backbone(images.flatten(0, 1)).unflatten(0, (-1, frames))
        return self.fuse(features, intrinsics, motion)


class Cvlnet(nn.Module):
    """
    Scores of all displacements of short sequences of known heading in tiles.

    ======================= ============================= ==================================
    what                    published code                here (``reference`` for parity)
    ======================= ============================= ==================================
    displacement            from 3.5, cells of the        from the middle index 3, cells of
                            padded map                    the tile
    ground map              cells stand for a corner      for their middle, as in the tile
    colours                 not normalised                normalised as for ImageNet
    calibration             scaled from 1242x375 always,  by the real size, in a new tensor:
                            changed in place              :func:`.scaled_intrinsics`
    loss                    ln 2 for every true pair      left out of :func:`.cvlnet_loss`
    ======================= ============================= ==================================

    :param config: sizes and choices.
    """

    def __init__(self, config: CvlnetConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CvlnetConfig()
        self.satellite = CvlnetSatellite(config)
        self.ground = CvlnetGround(config)
        self.match = DisplacementSearch(RADIUS)

    def forward(
            self, satellite: torch.Tensor, ground: torch.Tensor, intrinsics: torch.Tensor,
            motion: torch.Tensor) -> torch.Tensor:
        """Return the scores of all pairs, (M, N, 7, 7), see the three parts."""
        return self.match(
            *self.satellite(satellite), self.ground(ground, intrinsics, motion))

    def read(self, scores: torch.Tensor) -> Displacement:
        """Return the best displacement of each pair."""
        return best_displacement(
            scores, self.config.cells, self.config.cell_m, self.config.reference)
