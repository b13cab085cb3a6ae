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

"""The up-sampling steps that both decoders of CCVPE are made of."""

import torch
from torch import nn


class DoubleConvolution(nn.Sequential):
    """Two 3x3 convolutions with a rectifier between them."""

    def __init__(self, channels_in: int, channels: int, channels_out: int) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels, 3, padding=1), nn.ReLU(),
            nn.Conv2d(channels, channels_out, 3, padding=1))


class UpStep(nn.Module):
    """
    Double the resolution with a 2x2 transposed convolution, join a skip connection, convolve.

    :param channels_in: of the features.
    :param up: channels after the transposed convolution, which no rectifier follows.
    :param skip: channels of the skip connection, 0 where there is none.
    :param channels: between the convolutions.
    :param channels_out: of the result; ``None`` is ``channels``.
    """

    def __init__(
            self, channels_in: int, up: int, skip: int, channels: int,
            channels_out: int | None = None) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels_in, up, kernel_size=2, stride=2)
        self.convolve = DoubleConvolution(up + skip, channels, channels_out or channels)

    def forward(self, features: torch.Tensor, skip: torch.Tensor | None = None) -> torch.Tensor:
        """
        Take the step.

        :param features: (B, C, h, w).
        :param skip: (B, S, 2 h, 2 w).
        :return: (B, D, 2 h, 2 w).
        """
        features = self.up(features)
        return self.convolve(
            features if skip is None else torch.cat([features, skip], dim=1))
