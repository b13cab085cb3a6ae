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
CCVPE with everything that depends on the tile alone moved into ``satellite``, exactly.

Each step of its decoders begins with a transposed convolution ``up``, to whose result a skip
connection of the tile is joined, and a convolution; nothing between them is rectified. Written as
a sum over what is joined, the convolution of the skip connection, and of the biases, is known once
the tile is. In the first step, which up-samples the tile's own rings, all but the share of the
matches is: what is left of two layers is one small transposed convolution of the matches.

Of the 24 GMAC of the published decoders 6.8 are moved so (4.6 of the two first steps, 2.2 of the
skip connections), which took ``match`` from 437 to 338 ms of a core. The other 17 depend on the
image, and with the 1.6 of ``ground`` bound how much faster a second image in the same tile is, see
:mod:`.prepared_ccvpe_match`.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from xview_loc.learning.networks.ccvpe import Ccvpe
from xview_loc.learning.networks.ccvpe_config import SCALES
from xview_loc.learning.networks.skip_decoder import UpStep
from xview_loc.learning.networks.unit_length import unit_length

FLOOR = 1e-12
# Steps that a skip connection is joined to.
JOINED = SCALES - 1
PLACES = tuple(f'place{scale}' for scale in range(JOINED))
TURNS = tuple(f'turn{scale}' for scale in range(JOINED))


class KnownRings(nn.Module):
    """
    The share of the rings and of the skip connection in the first convolution of a decoder.

    :param step: the first of the decoder.
    :param matches: leading channels of its features, which are not known yet.
    """

    def __init__(self, step: UpStep, matches: int) -> None:
        super().__init__()
        self.step, self.matches = step, matches

    def forward(self, rings: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
        """
        Return what is added to the share of the matches.

        :param rings: of unit length, (B, D, h, w).
        :param skip: (B, S, 2 h, 2 w).
        :return: (B, C, 2 h, 2 w).
        """
        up = self.step.up
        features = functional.conv_transpose2d(
            rings, up.weight[self.matches:], up.bias, stride=2)
        return self.step.convolve[0](torch.cat([features, skip], dim=1))


class KnownSkip(nn.Conv2d):
    """
    The share of a skip connection, and of the biases, in the first convolution of a step.

    The bias of ``up`` is an image of ones here, which ends where the padding begins.

    :param step: of a decoder.
    """

    def __init__(self, step: UpStep) -> None:
        first = step.convolve[0]
        own = step.up.out_channels
        super().__init__(
            1 + first.in_channels - own, first.out_channels, first.kernel_size, padding=1)
        with torch.no_grad():
            bias = torch.einsum('cuyx,u->cyx', first.weight[:, :own], step.up.bias)
            self.weight.copy_(torch.cat([bias[:, None], first.weight[:, own:]], dim=1))
            self.bias.copy_(first.bias)

    def forward(self, skip: torch.Tensor) -> torch.Tensor:
        """Return what is added to the share of the features, (B, C, 2 h, 2 w)."""
        return super().forward(torch.cat([torch.ones_like(skip[:, :1]), skip], dim=1))


class PreparedSatellite(nn.Module):
    """
    The satellite network, and the known shares of both decoders.

    :param network: in evaluation.
    """

    def __init__(self, network: Ccvpe) -> None:
        super().__init__()
        self.satellite = network.satellite
        match = network.match
        self.rings = nn.ModuleList([
            KnownRings(match.location[0], 1),
            KnownRings(match.orientation[0], network.config.bins)])
        self.skips = nn.ModuleList(
            nn.ModuleList(KnownSkip(step) for step in decoder[1:JOINED])
            for decoder in (match.location, match.orientation))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the rings of the cells, and what is known of the location and of the orientation.

        :param images: see :class:`.CcvpeSatellite`.
        :return: (B, D, h, w), then five shares each of both decoders,
            (B, C_l, 2 ** (l + 1) h, 2 ** (l + 1) w).
        """
        rings, *skips = self.satellite(images)
        unit = unit_length(rings, floor=FLOOR)
        known = [rings]
        for first, later in zip(self.rings, self.skips):
            known.append(first(unit, skips[0]))
            known.extend(share(skip) for share, skip in zip(later, skips[1:]))
        return known
