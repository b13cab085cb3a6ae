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

"""SAFA descriptors of the cells of a grid, one for every block of a feature map (CVML)."""

import torch
from torch import nn

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.spatial_aware_pooling import SpatialAwarePooling


class CellWisePooling(nn.Module):
    """
    Cut a feature map into square blocks and describe each with the same spatial weight maps.

    :param block: side of a block, in positions of the feature map.
    :param maps: number of weight maps.
    """

    def __init__(self, block: int = 4, maps: int = 8) -> None:
        super().__init__()
        self.block = block
        self.pooling = SpatialAwarePooling((block, block), maps)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Return the descriptor of every cell, of unit length.

        :param features: (B, C, h * block, w * block).
        :return: (B, maps * C, h, w).
        """
        side = self.block
        channels, rows, columns = features.shape[1:]
        if rows % side or columns % side:
            raise ConfigurationError(
                f'a feature map of {rows}x{columns}; both sides must be multiples of {side}.')
        height, width = rows // side, columns // side
        blocks = features.reshape(-1, channels, height, side, width, side)
        blocks = blocks.permute(0, 2, 4, 1, 3, 5).reshape(-1, channels, side, side)
        descriptors = self.pooling(blocks)
        return descriptors.reshape(-1, height, width, descriptors.shape[1]).permute(0, 3, 1, 2)
