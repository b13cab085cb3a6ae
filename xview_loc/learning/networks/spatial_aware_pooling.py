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

"""Pooling by learned spatial weight maps (Shi et al., NeurIPS 2019, section 3.2)."""

from enum import Enum, unique

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.unit_length import unit_length


@unique
class ChannelPooling(Enum):
    """How the channels of a feature map are reduced to one number a position."""

    MEAN = 'mean'
    MAX = 'max'


@unique
class DescriptorOrder(Enum):
    """How the (maps, channels) matrix of a descriptor is flattened."""

    MAP_MAJOR = 'map_major'
    CHANNEL_MAJOR = 'channel_major'


class SpatialAwarePooling(nn.Module):
    """
    Aggregate a feature map with weight maps computed from the map itself.

    The channels are pooled to one value a position; two affine maps over positions, with no
    non-linearity between them, turn these into ``maps`` weight maps; each weighs the features to
    one vector of ``channels`` values.

    Convention: positions are row-major (rows outer, columns inner). The code of SAFA, geo-local
    SAFA and CVML pools the channels with the mean and flattens map-major; the SAFA paper, VIGOR
    and STN-SAFA use the maximum, and STN-SAFA flattens channel-major.

    :param shape: rows and columns of the feature map.
    :param maps: number of weight maps.
    :param pooling: reduction over channels.
    :param order: of the flattened descriptor.
    :param truncated: draw the initial weights from a normal distribution cut at two standard
        deviations, as the TensorFlow methods do.
    :param floor: smallest norm that a descriptor is divided by.
    """

    def __init__(
            self, shape: tuple[int, int], maps: int = 8,
            pooling: ChannelPooling = ChannelPooling.MEAN,
            order: DescriptorOrder = DescriptorOrder.MAP_MAJOR, truncated: bool = True,
            floor: float = 1e-6) -> None:
        super().__init__()
        positions = shape[0] * shape[1]
        if positions < 2 or maps < 1:
            raise ConfigurationError(
                f'spatial-aware pooling of a {shape[0]}x{shape[1]} map with {maps} weight maps is '
                'impossible; it needs at least two positions and one weight map.')
        hidden = positions // 2
        self.pooling = pooling
        self.order = order
        self.floor = floor
        self.inner_weight = nn.Parameter(torch.empty(positions, hidden, maps))
        self.inner_bias = nn.Parameter(torch.full((hidden, maps), 0.1))
        self.outer_weight = nn.Parameter(torch.empty(hidden, positions, maps))
        self.outer_bias = nn.Parameter(torch.full((positions, maps), 0.1))
        for weight in (self.inner_weight, self.outer_weight):
            if truncated:
                nn.init.trunc_normal_(weight, std=0.005, a=-0.01, b=0.01)
            else:
                nn.init.normal_(weight, std=0.005)

    def weight_maps(self, features: torch.Tensor) -> torch.Tensor:
        """
        Compute the weight of every position.

        :param features: (B, C, H, W).
        :return: (B, H * W, maps).
        """
        if self.pooling is ChannelPooling.MEAN:
            pooled = features.mean(dim=1)
        else:
            pooled = features.amax(dim=1)
        pooled = pooled.flatten(1)
        hidden = torch.einsum('bn,nkd->bkd', pooled, self.inner_weight) + self.inner_bias
        return torch.einsum('bkd,knd->bnd', hidden, self.outer_weight) + self.outer_bias

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Return the descriptor, of unit length.

        :param features: (B, C, H, W).
        :return: (B, maps * C).
        """
        descriptor = features.flatten(2) @ self.weight_maps(features)
        if self.order is DescriptorOrder.MAP_MAJOR:
            descriptor = descriptor.transpose(1, 2)
        return unit_length(descriptor.flatten(1), floor=self.floor)
