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

"""CCVPE: convolutional cross-view pose estimation (Xia et al., T-PAMI 2024)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import nn

from xview_loc.learning.networks.ccvpe_config import CcvpeConfig, SCALES
from xview_loc.learning.networks.colour_normalisation import ColourNormalisation, Normalisation
from xview_loc.learning.networks.efficientnet_trunk import EfficientnetTrunk
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.networks.ring_descriptor import equal_angle_columns, RingDescriptor
from xview_loc.learning.networks.rolling_match import RollingMatch
from xview_loc.learning.networks.skip_decoder import UpStep
from xview_loc.learning.networks.unit_length import unit_length

SKIPS = (320, 112, 40, 24, 16, 0)


class CcvpeMap(NamedTuple):
    """
    What a tile contributes, to be computed once for all images.

    :param rings: of the cells, (B, ``rings[0]``, h, w).
    :param block15: (B, 320, 2 h, 2 w).
    :param block10: (B, 112, 4 h, 4 w).
    :param block4: (B, 40, 8 h, 8 w).
    :param block2: (B, 24, 16 h, 16 w).
    :param block0: (B, 16, 32 h, 32 w).
    """

    rings: torch.Tensor
    block15: torch.Tensor
    block10: torch.Tensor
    block4: torch.Tensor
    block2: torch.Tensor
    block0: torch.Tensor


class CcvpeScores(NamedTuple):
    """
    What an image says about a tile.

    :param logits: of the pixels, (B, 1, 64 h, 64 w); their softmax is the distribution.
    :param field: cosine and sine of the orientation at every pixel, (B, 2, 64 h, 64 w).
    :param matches: cosines at the six scales l, each (B, bins, 2 ** l h, 2 ** l w).
    """

    logits: torch.Tensor
    field: torch.Tensor
    matches: list[torch.Tensor]


class CcvpeSatellite(nn.Module):
    """EfficientNet features of a tile, and one ring of directions for every 2x2 block."""

    def __init__(self, config: CcvpeConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(Normalisation.IMAGENET)
        self.trunk = EfficientnetTrunk(drop_connect=config.drop_connect)
        self.ring = nn.Conv2d(self.trunk.channels, config.rings[0], kernel_size=2, stride=2)

    def forward(self, images: torch.Tensor) -> CcvpeMap:
        """
        Return the features of a tile.

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        *skips, head = self.trunk.stages(self.normalisation(planes(images)))
        return CcvpeMap(self.ring(head), *skips[::-1])


class CcvpeGround(nn.Module):
    """EfficientNet features of a ground image, as six arcs of directions."""

    resampling: torch.Tensor

    def __init__(self, config: CcvpeConfig) -> None:
        super().__init__()
        self.normalisation = ColourNormalisation(Normalisation.IMAGENET)
        self.trunk = EfficientnetTrunk(config.circular, config.drop_connect)
        rows, columns = self.trunk.output_shape(*config.ground_shape)
        self.arcs = RingDescriptor(self.trunk.channels, rows, config.ground_channels)
        self.resamples = config.horizontal_fov is not None
        if config.horizontal_fov is not None:
            weights = equal_angle_columns(columns, config.horizontal_fov, config.ring_columns)
            self.register_buffer('resampling', weights, persistent=False)
            columns = weights.shape[1]
        self.lengths = [columns * channels for channels in config.ground_channels]

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the arcs, coarsest scale first, (B, ``lengths[l]``) each.

        :param images: RGB, uint8 (B, H, W, 3) or floating point (B, 3, H, W), 0 to 255.
        """
        features = self.trunk(self.normalisation(planes(images)))
        return self.arcs(features @ self.resampling if self.resamples else features)


class CcvpeMatch(nn.Module):
    """
    Compare arcs with rings at six scales while decoding the location, then decode the orientation.

    :param config: of the network.
    :param lengths: of the arcs.
    """

    def __init__(self, config: CcvpeConfig, lengths: Sequence[int]) -> None:
        super().__init__()
        self.considered = config.considered_bins
        self.matches = nn.ModuleList(
            RollingMatch(ring, arc, config.bins, shift, config.centred)
            for ring, arc, shift in zip(config.rings, lengths, config.shifts))
        self.location = nn.ModuleList(
            UpStep(ring + 1, up, skip, *channels) for ring, up, skip, channels in zip(
                config.rings, config.ups, SKIPS,
                [*((ring,) for ring in config.rings[1:]), (16, 1)]))
        channels = (config.orientation_channels, 256, 128, 64, 32)
        inputs = (config.bins + config.rings[0], *channels)
        self.orientation = nn.ModuleList(
            UpStep(inside, up, skip, *outside) for inside, up, skip, outside in zip(
                inputs, (1024, 256, 128, 64, 32, 16), SKIPS,
                [*((channel,) for channel in channels), (16, 2)]))

    def forward(
            self, arcs: Sequence[torch.Tensor], rings: torch.Tensor, block15: torch.Tensor,
            block10: torch.Tensor, block4: torch.Tensor, block2: torch.Tensor,
            block0: torch.Tensor) -> CcvpeScores:
        """
        Score a batch of images against a batch of tiles, or against one tile.

        :param arcs: see :class:`CcvpeGround`.
        :param rings: of the cells, (B or 1, D, h, w), and the skip connections after it: the
            members of :class:`CcvpeMap` in order.
        """
        batch = arcs[0].shape[0]
        skips = [skip.expand(batch, -1, -1, -1)
                 for skip in (block15, block10, block4, block2, block0)]
        features = rings.expand(batch, -1, -1, -1)
        matches = []
        for scale in range(SCALES):
            match = self.matches[scale](features, arcs[scale])
            matches.append(match)
            best = match[:, self.considered].amax(dim=1, keepdim=True)
            features = self.location[scale](
                torch.cat([best, unit_length(features, floor=1e-12)], dim=1),
                skips[scale] if scale < len(skips) else None)
        field = torch.cat(
            [matches[0], unit_length(rings, floor=1e-12).expand(batch, -1, -1, -1)], dim=1)
        for scale, step in enumerate(self.orientation):
            field = step(field, skips[scale] if scale < len(skips) else None)
        return CcvpeScores(features, unit_length(field, floor=1e-12), matches)


class Ccvpe(nn.Module):
    """
    Distribution over the pixels of a tile, and the orientation of the camera at each of them.

    ======================= ============================= ==================================
    what                    published code                here
    ======================= ============================= ==================================
    KITTI's rings           some shorter than a turn:     ``bins * shift`` entries;
                            bins repeat 2 or 4 times      ``CcvpeConfig.kitti(reference=True)``
    KITTI's field of view   taken for 90 degrees          81.4 degrees, at equal angles
    target                  rounded to pixels             sub-pixel, :func:`.heat_map_target`
    orientation over 1      sample left out of the mean   atan2, never left out
    idle classifiers        part of the modules           absent
    ======================= ============================= ==================================

    :param config: sizes and choices.
    """

    def __init__(self, config: CcvpeConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CcvpeConfig()
        self.satellite = CcvpeSatellite(config)
        self.ground = CcvpeGround(config)
        self.match = CcvpeMatch(config, self.ground.lengths)

    def forward(self, satellite: torch.Tensor, ground: torch.Tensor) -> CcvpeScores:
        """Score ground images against satellite images, see the three parts."""
        return self.match(self.ground(ground), *self.satellite(satellite))


class PeakPose(NamedTuple):
    """
    The most probable pixel, and the orientation there.

    :param row: (B,) in whole pixels.
    :param column: (B,) in whole pixels.
    :param angle: of the field at that pixel, in (-pi, pi], (B,).
    :param probability: of that pixel, (B,).
    """

    row: torch.Tensor
    column: torch.Tensor
    angle: torch.Tensor
    probability: torch.Tensor


def peak_pose(logits: torch.Tensor, field: torch.Tensor) -> PeakPose:
    """
    Read the pose at the most probable pixel.

    :param logits: (B, 1, H, W).
    :param field: (B, 2, H, W).
    """
    best = logits.flatten(1).softmax(dim=1).max(dim=1)
    vector = field.flatten(2).gather(2, best.indices[:, None, None].expand(-1, 2, 1))[..., 0]
    width = logits.shape[3]
    return PeakPose(
        best.indices // width, best.indices % width, torch.atan2(vector[:, 1], vector[:, 0]),
        best.values)
