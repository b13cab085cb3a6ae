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

"""Descriptors of ground images that keep the order of the columns (CCVPE)."""

from collections.abc import Sequence
import math

import torch
from torch import nn

from xview_loc.errors import ConfigurationError


class RingDescriptor(nn.Module):
    """
    One descriptor a scale: fewer channels, rows summed with learned weights, columns in order.

    Convention: entry ``column * channels + channel``, so that turning the camera by a column
    moves the descriptor by ``channels`` entries.

    :param channels_in: of the features.
    :param rows: of the features.
    :param channels: of the descriptors, one for each scale.
    """

    def __init__(self, channels_in: int, rows: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.reduce = nn.Conv2d(channels_in, sum(channels), 1)
        bound = 1 / math.sqrt(rows)
        self.row_weight = nn.Parameter(torch.empty(len(channels), rows).uniform_(-bound, bound))
        self.row_bias = nn.Parameter(torch.empty(len(channels)).uniform_(-bound, bound))

    def forward(self, features: torch.Tensor) -> list[torch.Tensor]:
        """
        Return the descriptors, not normalised.

        :param features: (B, C, rows, columns).
        :return: (B, columns * channels[l]) for every scale l.
        """
        descriptors = []
        for index, part in enumerate(self.reduce(features).split(self.channels, dim=1)):
            rows = (part * self.row_weight[index, None, None, :, None]).sum(dim=2)
            descriptors.append((rows + self.row_bias[index]).transpose(1, 2).flatten(1))
        return descriptors


def equal_angle_columns(columns: int, horizontal_fov: float, ring_columns: int) -> torch.Tensor:
    """
    Return weights that resample the columns of a pinhole camera to the directions of a ring.

    Interpolation is linear between the centres of the columns, constant beyond the outer ones.

    :param columns: of the features.
    :param horizontal_fov: angle between the outer borders of the image [rad], below pi.
    :param ring_columns: directions in a full turn.
    :return: (columns, n) with n the number of ring columns nearest to the field of view; right
        multiply features with it.
    """
    if not 0.0 < horizontal_fov < math.pi:
        raise ConfigurationError(
            f'horizontal_fov is {horizontal_fov}; that of a pinhole camera is between 0 and pi.')
    step = 2 * math.pi / ring_columns
    count = max(1, round(horizontal_fov / step))
    angle = (torch.arange(count, dtype=torch.float64) + 0.5 - count / 2) * step
    offset = torch.tan(angle) / (2 * math.tan(horizontal_fov / 2))
    position = ((0.5 + offset) * columns - 0.5).clamp(0, columns - 1)
    distance = (torch.arange(columns, dtype=torch.float64)[:, None] - position[None, :]).abs()
    return (1 - distance).clamp(min=0).to(torch.float32)
