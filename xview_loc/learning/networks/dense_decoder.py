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

"""CVML's decoder: from matched cells to one logit a pixel, with the satellite's own features."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

# Channels after each doubling of the resolution; the first has a wider transposed convolution.
UP_CHANNELS = (1024, 256, 128, 64, 32, 16)
CHANNELS = (512, 256, 128, 64, 32, 16)


class SameTransposedConvolution(nn.ConvTranspose2d):
    """
    A 3x3 transposed convolution of stride 2 as TensorFlow's ``SAME`` rule pads it.

    Input i reaches outputs 2 i, 2 i + 1 and 2 i + 2; the one past the end is cut off, so that the
    size doubles. A symmetric padding would move every output by one.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, kernel_size=3, stride=2)

    def forward(
            self, features: torch.Tensor,
            output_size: list[int] | None = None) -> torch.Tensor:
        """
        Double the resolution.

        :param features: (B, C, h, w).
        :param output_size: not used; the size is always doubled.
        :return: (B, D, 2 h, 2 w).
        """
        return super().forward(features)[..., :-1, :-1]


class DenseDecoder(nn.Module):
    """
    Six doublings of the resolution, the last five with skip connections, without batch norm.

    :param channels: of the matched cells.
    :param skips: channels of the skip connections at width 1, coarsest first.
    :param width: factor of all channels but those of the cells.
    """

    def __init__(
            self, channels: int, skips: Sequence[int] = (512, 512, 256, 128, 64),
            width: float = 1.0) -> None:
        super().__init__()
        ups, outputs, joined = (
            [max(int(count * width), least) for count in counts] for counts, least in (
                (UP_CHANNELS, 1), (CHANNELS, 1), ((0, *skips), 0)))
        self.ups = nn.ModuleList(
            SameTransposedConvolution(*pair) for pair in zip((channels, *outputs), ups))
        self.first = nn.ModuleList(
            nn.Conv2d(up + skip, out, 3, padding=1)
            for up, skip, out in zip(ups, joined, outputs))
        self.second = nn.ModuleList(
            nn.Conv2d(out, out if number + 1 < len(outputs) else 1, 3, padding=1)
            for number, out in enumerate(outputs))
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, cells: torch.Tensor, skips: Sequence[torch.Tensor]) -> torch.Tensor:
        """
        Return the logits of every pixel.

        :param cells: (B, C, h, w).
        :param skips: (B, C_i, 2 ** (i + 2) h, 2 ** (i + 2) w), coarsest first.
        :return: (B, 1, 64 h, 64 w).
        """
        features = cells
        for index, (up, first, second) in enumerate(zip(self.ups, self.first, self.second)):
            features = functional.relu(up(features))
            if index > 0:
                features = torch.cat([features, skips[index - 1]], dim=1)
            features = second(functional.relu(first(features)))
            if index + 1 < len(self.ups):
                features = functional.relu(features)
        return features
