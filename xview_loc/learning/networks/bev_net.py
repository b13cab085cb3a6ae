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
Gates on the hand-made features of the bird's-eye matcher: how far each cell is to be trusted.

Small convolutional networks look at the seven channels of :mod:`xview_loc.matching.bev_features`
and say, cell by cell, how much each group of channels counts and how much the cell does. They
start at gates of exactly 1, so that an untrained network is the training-free matcher.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from xview_loc.learning.networks.bev_net_config import BevNetConfig, BevNetKind, BOTH_SIDES
from xview_loc.learning.networks.masked_correlation import masked_correlation, turned_views
from xview_loc.matching.cell_gates import FREE_PAIRS

RANGE_M = 8.0
FREE_SCALARS = 5
# Kernels of the layers reach 1 + 2 + 4 + 2 cells to each side.
DILATIONS = (1, 2, 4, 2)
FREE_START = 0.01
# Where confidence starts on its curve: it may fall to 0 but hardly rise.
TRUST = 2.0
SIGMOID_OF_TRUST = 1.0 / (1.0 + math.exp(-TRUST))


class BevNetBranch(nn.Module):
    """
    Gates of one side.

    :param config: of the network.
    :param inputs: planes that enter.
    """

    def __init__(self, config: BevNetConfig, inputs: int) -> None:
        super().__init__()
        self.config = config
        self.extra = (2 * FREE_PAIRS + FREE_SCALARS) * (config.kind is BevNetKind.FREE)
        self.gates = (config.groups - 1) * (config.kind is not BevNetKind.CONFIDENCE)
        layers: list[nn.Module] = []
        for number, dilation in enumerate(DILATIONS):
            layers += [
                nn.Conv2d(inputs if number == 0 else config.features, config.features, 3,
                          stride=config.stride if number == 0 else 1, padding=dilation,
                          dilation=dilation), nn.ReLU()]
        self.hidden = nn.Sequential(*layers)
        self.head = nn.Conv2d(config.features, self.gates + 1 + self.extra, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        if self.extra:
            # A product of two sides that are both zero would have no gradient.
            nn.init.normal_(self.head.weight[self.gates + 1:], std=FREE_START)

    def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Return gates, (B, groups, n, m), and free channels, (B, extra, n, m).

        Gates are in (0, 2), the last one, the confidence of the cell, in (0, 1.14).

        :param planes: what the branch looks at, (B, inputs, n, m).
        """
        found = self.head(self.hidden(planes))
        gates = found[:, :self.gates + 1]
        if self.config.stride > 1:
            gates = nn.functional.interpolate(
                gates, size=planes.shape[-2:], mode='bilinear', align_corners=False)
        opened = 2.0 * gates[:, :-1].sigmoid()
        trusted = (gates[:, -1:] + TRUST).sigmoid() / SIGMOID_OF_TRUST
        if not self.gates:
            opened = torch.ones_like(trusted).expand(-1, self.config.groups - 1, -1, -1)
        return torch.cat([opened, trusted], dim=1), found[:, self.gates + 1:]


class BevNetGround(nn.Module):
    """
    The ground side: sees the channels in the frame of the viewing ray, and the ray.

    Edges that standing objects smear lie along the ray, wherever it points.

    :param config: of the network.
    """

    def __init__(self, config: BevNetConfig) -> None:
        super().__init__()
        self.config = config
        self.branch = BevNetBranch(config, config.channels + 5)

    def forward(
            self, channels: torch.Tensor, weight: torch.Tensor,
            rays: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """
        Return the gates of the cells, and free channels where the network has some.

        :param channels: of the view, (B, C, n, n).
        :param weight: of its cells, 0 where nothing is seen, (B, 1, n, n).
        :param rays: x and y from the camera to the cells [m], (B, 2, n, n).
        """
        ahead, aside = rays[:, :1], rays[:, 1:]
        square = (ahead * ahead + aside * aside).clamp_min(1e-6)
        distance = square.sqrt()
        # Columns of the grid grow to the right, -y; upwards is ahead, +x.
        cosine = (aside * aside - ahead * ahead) / square
        sine = -2.0 * aside * ahead / square
        planes = []
        for first in range(0, 2 * self.config.pairs, 2):
            along, across = channels[:, first:first + 1], channels[:, first + 1:first + 2]
            planes += [cosine * along + sine * across, cosine * across - sine * along]
        seen = (weight > 0.0).to(channels.dtype)
        gates, free = self.branch(torch.cat([
            *planes, channels[:, 2 * self.config.pairs:], seen, cosine, sine,
            distance / (distance + RANGE_M), (-distance / RANGE_M).exp()], dim=1))
        return (gates, free) if self.branch.extra else (gates,)


class BevNetSatellite(nn.Module):
    """
    The satellite side of the kinds that change it.

    :param config: of the network.
    """

    def __init__(self, config: BevNetConfig) -> None:
        super().__init__()
        self.branch = BevNetBranch(config, config.channels)

    def forward(self, channels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return gates, and free channels where the network has some, of a map (B, C, H, W)."""
        gates, free = self.branch(channels)
        return (gates, free) if self.branch.extra else (gates,)


class BevNet(nn.Module):
    """
    Gates on ground and perhaps satellite features, correlated over x, y and yaw.

    :param config: of the network.
    """

    def __init__(self, config: BevNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or BevNetConfig()
        self.ground = BevNetGround(self.config)
        self.satellite = BevNetSatellite(self.config) if self.config.kind in BOTH_SIDES else None
        self.log_kappa = nn.Parameter(torch.tensor(float(self.config.kappa)).log())

    def forward(
            self, channels: torch.Tensor, weight: torch.Tensor, rays: torch.Tensor,
            satellite: torch.Tensor, yaws: torch.Tensor, radius: int) -> torch.Tensor:
        """
        Return the unnormalised log-likelihood ``kappa A s`` of poses.

        :param channels: hand-made, of the views, (B, C, n, n).
        :param weight: of their cells, (B, n, n).
        :param rays: from the camera to the cells [m], (B, 2, n, n).
        :param satellite: hand-made, of the maps, (B, C, H, W).
        :param yaws: to try [rad], (B, K).
        :param radius: half of the largest offset [cells].
        :return: (B, K, 2 radius + 1, 2 radius + 1).
        """
        found = self.ground(channels, weight[:, None], rays)
        return self.volume(found, channels, weight, satellite, yaws, radius)

    def volume(
            self, found: tuple[torch.Tensor, ...], channels: torch.Tensor, weight: torch.Tensor,
            satellite: torch.Tensor, yaws: torch.Tensor, radius: int) -> torch.Tensor:
        """Return what :meth:`forward` does, from what the ground side has ``found``."""
        plain = weight
        channels, weight = gated(channels, found, self.config.pairs, weight)
        if self.satellite is not None:
            satellite, _ = gated(satellite, self.satellite(satellite), self.config.pairs)
        pairs = self.config.pairs + (len(found) > 1) * FREE_PAIRS
        scores = masked_correlation(
            *turned_views(channels, weight, yaws, pairs), satellite, radius)
        area = self.config.cell_m ** 2 * effective_area(plain, weight)
        return self.log_kappa.exp() * area[:, None, None, None] * scores


def effective_area(plain: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """
    Return ``(sum w c)^2 / sum w c^2`` of cells of weight w and confidence c (Kish, 1965).

    It is the sum of the weights where all cells are trusted alike, however much, and less where
    few are: neither a larger nor a smaller confidence of all cells changes it.

    :param plain: weights w, (B, n, m).
    :param weight: gated weights w c, (B, n, m).
    :return: (B,) [cells].
    """
    square = weight.square() / plain.clamp_min(1e-9)
    return weight.sum(dim=(1, 2)).square() / square.sum(dim=(1, 2)).clamp_min(1e-9)


def gated(
        channels: torch.Tensor, found: tuple[torch.Tensor, ...], pairs: int,
        weight: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Apply the gates of one side.

    :param channels: hand-made, pairs first, (B, C, n, m).
    :param found: gates, and perhaps free channels, of a side.
    :param pairs: number of leading channel pairs.
    :param weight: of the cells, (B, n, m); on the satellite side, where cells have none, the
        confidence multiplies the channels.
    :return: channels, with free pairs after the pairs and free scalars at the end, and weight.
    """
    gates, confidence = found[0][:, :-1], found[0][:, -1]
    each = torch.cat([gates[:, :pairs].repeat_interleave(2, dim=1), gates[:, pairs:]], dim=1)
    channels = channels * each
    if len(found) > 1:
        split = 2 * FREE_PAIRS
        channels = torch.cat([channels[:, :2 * pairs], found[1][:, :split],
                              channels[:, 2 * pairs:], found[1][:, split:]], dim=1)
    if weight is None:
        return channels * confidence[:, None], confidence
    return channels, weight * confidence
