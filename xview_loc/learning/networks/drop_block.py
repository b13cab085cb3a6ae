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

"""Structured dropout of squares (Ghiasi et al., NeurIPS 2018)."""

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError


class DropBlock(nn.Module):
    """
    Zero squares of a map in training, separately in every channel, and rescale what is left.

    The geo-local method applies it to the input images of both branches on RobotCar.

    :param block: odd side of the squares [px].
    :param keep: share of values that survives on average.
    """

    def __init__(self, block: int = 15, keep: float = 0.8) -> None:
        super().__init__()
        if block < 1 or block % 2 == 0 or not 0.0 < keep <= 1.0:
            raise ConfigurationError(
                f'block is {block} and keep is {keep}; block must be odd and positive, keep above '
                '0 and at most 1.')
        self.block = block
        self.keep = keep

    def drop_rate(self, height: int, width: int) -> float:
        """Return the probability that a position is the centre of a dropped square (eq. 1)."""
        block = self.block
        if min(height, width) < block:
            raise ConfigurationError(
                f'a map of {height}x{width} is smaller than the {block} px block to drop.')
        centres = (width - block + 1) * (height - block + 1)
        return (1.0 - self.keep) * height * width / block ** 2 / centres

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """
        Return the images with squares missing; unchanged outside training.

        :param images: (B, C, H, W).
        """
        if not self.training or self.keep == 1.0:
            return images
        batch, channels, height, width = images.shape
        margin = self.block - 1
        centres = torch.rand(
            batch, channels, height - margin, width - margin, device=images.device)
        dropped = (centres < self.drop_rate(height, width)).to(images.dtype)
        dropped = functional.max_pool2d(
            functional.pad(dropped, (margin,) * 4), self.block, stride=1)
        kept = 1.0 - dropped
        return images * kept * (kept.numel() / kept.sum().clamp(min=1.0))
