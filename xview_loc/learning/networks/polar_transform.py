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

"""Unroll a square satellite tile into a strip that resembles a panorama (Shi et al., 2019)."""

import math

import torch
from torch import nn

from xview_loc.errors import ConfigurationError


def polar_coordinates(size: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Return the tile row and column that each pixel of the strip shows.

    Convention: with index coordinates, so that row 3.0 is the centre of the fourth row, the strip
    turns about (size / 2, size / 2), half a pixel south-east of the tile's centre. The top row is
    the circle of radius ``size / 2 * (height - 1) / height``, the bottom row the centre. Column 0
    looks south, ``width / 4`` west, ``width / 2`` north, ``3 * width / 4`` east.

    :param size: side of the tile [px].
    :param height: rows of the strip.
    :param width: columns of the strip.
    :return: rows and columns, each (height, width) float64.
    """
    if min(size, height, width) < 1:
        raise ConfigurationError(
            f'a polar strip of {height}x{width} from a tile of {size} is empty; all three must be '
            'at least 1.')
    row, column = torch.meshgrid(
        torch.arange(height, dtype=torch.float64), torch.arange(width, dtype=torch.float64),
        indexing='ij')
    radius = size / 2 * (height - 1 - row) / height
    angle = 2 * math.pi * column / width
    return size / 2 + radius * torch.cos(angle), size / 2 - radius * torch.sin(angle)


class PolarTransform(nn.Module):
    """
    Sample tiles bilinearly at :func:`polar_coordinates`.

    A neighbour outside the tile counts as 0 and keeps its weight, as in the reference.

    The reference stores the strip with a writer that stretches every image from its own darkest
    to its own brightest value; weights trained on such strips need ``stretch=True``. The default
    leaves the colours as they are.

    :param size: side of the tiles [px].
    :param height: rows of the strip.
    :param width: columns of the strip.
    :param stretch: whether to stretch to whole numbers from 0 to 255, over all channels at once.
    :param dtype: of the bilinear weights.
    """

    indices: torch.Tensor
    weights: torch.Tensor

    def __init__(
            self, size: int, height: int, width: int, stretch: bool = False,
            dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.size = size
        self.shape = (height, width)
        self.stretch = stretch
        rows, columns = polar_coordinates(size, height, width)
        top, left = rows.floor(), columns.floor()
        down, right = rows - top, columns - left
        corners = [(top, left, (1 - down) * (1 - right)), (top, left + 1, (1 - down) * right),
                   (top + 1, left, down * (1 - right)), (top + 1, left + 1, down * right)]
        indices, weights = zip(*(self._neighbour(*corner) for corner in corners))
        self.register_buffer('indices', torch.stack(indices), persistent=False)
        self.register_buffer('weights', torch.stack(weights).to(dtype), persistent=False)

    def _neighbour(
            self, row: torch.Tensor, column: torch.Tensor,
            weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return flat tile indices and weights, zero outside the tile."""
        inside = (row >= 0) & (row < self.size) & (column >= 0) & (column < self.size)
        index = torch.where(inside, row * self.size + column, 0.0)
        return index.long().flatten(), torch.where(inside, weight, 0.0).flatten()

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        """
        Return the strips.

        :param tiles: floating point (B, C, size, size), 0 to 255 if they are to be stretched.
        :return: (B, C, height, width).
        """
        if tuple(tiles.shape[2:]) != (self.size, self.size):
            raise ConfigurationError(
                f'tiles of {tiles.shape[2]}x{tiles.shape[3]}; this polar transform was made for '
                f'{self.size}x{self.size}.')
        flat = tiles.flatten(2)
        strip = flat[:, :, self.indices[0]] * self.weights[0]
        for index, weight in zip(self.indices[1:], self.weights[1:]):
            strip = strip + flat[:, :, index] * weight
        strip = strip.unflatten(2, self.shape)
        return stretched(strip) if self.stretch else strip


def stretched(images: torch.Tensor) -> torch.Tensor:
    """
    Map each image's smallest value to 0 and its largest to 255, rounded to whole numbers.

    This is what ``scipy.misc.imsave`` did to floating-point images. A uniform image becomes 0.

    :param images: (B, C, H, W).
    """
    lowest = images.amin(dim=(1, 2, 3), keepdim=True)
    span = images.amax(dim=(1, 2, 3), keepdim=True) - lowest
    span = torch.where(span > 0, span, torch.ones_like(span))
    return torch.floor(((images - lowest) * 255.0 / span).clamp(0.0, 255.0) + 0.5)
