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

"""Attention over the frames of a sequence, cell by cell (CVLNet's sequence fusion)."""

import math

import torch
from torch import nn

from xview_loc.errors import ConfigurationError


def time_code(frames: int, channels: int) -> torch.Tensor:
    """
    Return the sinusoidal code of each frame (Vaswani et al., 2017, section 3.5).

    :param frames: number of frames, the newest is 0.
    :param channels: even; sines on even ones, cosines on odd ones.
    :return: (frames, channels).
    """
    rate = 10_000.0 ** (-torch.arange(0, channels, 2, dtype=torch.float64) / channels)
    angle = torch.arange(frames, dtype=torch.float64)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1).to(torch.float32)


def _two_convolutions(channels: int) -> nn.Sequential:
    """Return the map from features to queries, keys or values."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1))


class FrameAttention(nn.Module):
    """
    One layer: every cell of a frame attends to the same cell of all frames.

    There is no residual connection, no normalisation and no feed-forward block.

    :param channels: of the features.
    :param heads: that share them.
    """

    def __init__(self, channels: int = 16, heads: int = 2) -> None:
        super().__init__()
        if heads < 1 or channels % (2 * heads):
            raise ConfigurationError(
                f'{channels} channels and {heads} heads; each head needs an even number of '
                'channels.')
        self.heads = heads
        self.query = _two_convolutions(channels)
        self.key = _two_convolutions(channels)
        self.value = _two_convolutions(channels)
        self.output = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Attend.

        :param features: (B, S, C, h, w).
        :return: the same shape.
        """
        frames, channels, height, width = features.shape[1:]
        code = time_code(frames, channels).to(features)[:, :, None, None]
        flat = (features + code).flatten(0, 1)
        shape = (-1, frames, self.heads, channels // self.heads, height, width)
        query, key, value = (
            layer(flat).reshape(shape) for layer in (self.query, self.key, self.value))
        scores = torch.einsum('bsdchw,btdchw->bdsthw', query, key)
        weights = (scores / math.sqrt(channels // self.heads)).softmax(dim=3)
        mixed = torch.einsum('bdsthw,btdchw->bsdchw', weights, value)
        fused = self.output(mixed.reshape(-1, channels, height, width))
        return fused.reshape(-1, frames, channels, height, width)


class PhotoConsistencyFusion(nn.Module):
    """
    Layers of attention over frames, then their mean.

    :param channels: of the features.
    :param heads: of a layer.
    :param layers: number of layers.
    """

    def __init__(self, channels: int = 16, heads: int = 2, layers: int = 2) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(FrameAttention(channels, heads) for _ in range(layers)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """
        Fuse a sequence of aligned feature maps.

        :param features: newest frame first, (B, S, C, h, w).
        :return: (B, C, h, w).
        """
        return self.layers(features).mean(dim=1)
