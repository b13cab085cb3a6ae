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
Learned warps of a satellite tile into the shape of a panorama (Jaderberg et al., NeurIPS 2015).

Sampling is bilinear and sees zeros outside the tile. The tile is normalised before, so that zero
is the mean colour.
"""

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.thin_plate_spline import control_points, ThinPlateSplineGrid

KERNELS = (7, 5, 3, 3)
FILTERS = (8, 10, 10, 10)


class LocalisationFeatures(nn.Sequential):
    """
    Four unpadded convolutions, each pooled by 2, normalised and rectified; then flattened.

    :param size: side of the square tiles [px].
    :param channels: of the tiles.
    """

    def __init__(self, size: int, channels: int = 3) -> None:
        layers: list[nn.Module] = []
        self.count = localisation_side(size) ** 2 * FILTERS[-1]
        for kernel, before, after in zip(KERNELS, (channels, *FILTERS), FILTERS):
            layers += [nn.Conv2d(before, after, kernel), nn.MaxPool2d(2), nn.BatchNorm2d(after),
                       nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.Flatten())


def localisation_side(size: int) -> int:
    """Return the side of the last feature map of a tile."""
    side = size
    for kernel in KERNELS:
        side = (side - kernel + 1) // 2
    if side < 1:
        raise ConfigurationError(f'a tile of side {size} is too small to warp; 54 is the least.')
    return side


def sampled(images: torch.Tensor, grid: torch.Tensor, align_corners: bool) -> torch.Tensor:
    """Sample images (B, C, H, W) bilinearly at a grid (B, h, w, 2), zeros outside."""
    return functional.grid_sample(
        images, grid, mode='bilinear', padding_mode='zeros', align_corners=align_corners)


class AffineTransformer(nn.Module):
    """
    Warp by an affine map predicted from the image, the identity at first.

    :param size: side of the square tiles [px].
    :param shape: rows and columns of the warped images.
    :param channels: of the tiles.
    """

    lattice: torch.Tensor

    def __init__(self, size: int, shape: tuple[int, int], channels: int = 3) -> None:
        super().__init__()
        self.shape = shape
        features = LocalisationFeatures(size, channels)
        last = nn.Linear(64, 6)
        self.localisation = nn.Sequential(
            features, nn.Linear(features.count, 64), nn.ReLU(inplace=True), last)
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]))
        self.register_buffer('lattice', affine_lattice(*shape), persistent=False)

    def grid(self, theta: torch.Tensor) -> torch.Tensor:
        """
        Return where each output pixel is sampled, pixel centres half a pixel inside the border.

        :param theta: (B, 2, 3), source (x, y) from output (x, y, 1).
        :return: (B, height, width, 2).
        """
        return (self.lattice @ theta.transpose(1, 2)).unflatten(1, self.shape)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the warped images, (B, C, height, width)."""
        theta = self.localisation(images).unflatten(1, (2, 3))
        return sampled(images, self.grid(theta), align_corners=False)


def affine_lattice(height: int, width: int) -> torch.Tensor:
    """Return (x, y, 1) of every pixel centre, row by row, (height * width, 3) float32."""
    y, x = torch.meshgrid(
        (2 * torch.arange(height, dtype=torch.float64) + 1) / height - 1,
        (2 * torch.arange(width, dtype=torch.float64) + 1) / width - 1, indexing='ij')
    lattice = torch.stack([x.flatten(), y.flatten(), torch.ones(height * width)], dim=1)
    return lattice.to(torch.float32)


class ThinPlateSplineTransformer(nn.Module):
    """
    Warp by a thin-plate spline whose control points are predicted, the identity at first.

    The reference samples the corner-aligned lattice of the spline with ``align_corners=False``, so
    that its identity looks half a pixel past the border. The default, corrected, samples with
    ``align_corners=True``.

    :param size: side of the square tiles [px].
    :param shape: rows and columns of the warped images.
    :param points: rows and columns of control points.
    :param span: outermost coordinate of the control points.
    :param bounded: keep the predicted points in (-1, 1) by a hyperbolic tangent.
    :param reference: sample as the reference does.
    """

    def __init__(
            self, size: int, shape: tuple[int, int], points: tuple[int, int] = (6, 10),
            span: float = 0.9, bounded: bool = False, reference: bool = False) -> None:
        super().__init__()
        self.bounded = bounded
        self.align_corners = not reference
        targets = control_points(*points, span)
        features = LocalisationFeatures(size)
        last = nn.Linear(512, targets.numel())
        self.localisation = nn.Sequential(
            features, nn.Linear(features.count, 512), nn.ReLU(inplace=True), last)
        nn.init.zeros_(last.weight)
        with torch.no_grad():
            last.bias.copy_((torch.atanh(targets) if bounded else targets).flatten())
        self.grid = ThinPlateSplineGrid(*shape, targets)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the warped images, (B, C, height, width)."""
        points = self.localisation(images).unflatten(1, (-1, 2))
        grid = self.grid(torch.tanh(points) if self.bounded else points)
        return sampled(images, grid, self.align_corners)


class ResidualBlock(nn.Module):
    """
    Two convolutions around a shortcut that adds zero channels, or leaves channels out.

    :param channels_in: of the input.
    :param channels_out: of the output.
    """

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True), nn.Conv2d(channels_out, channels_out, 3, padding=1))
        self.norm = nn.BatchNorm2d(channels_out)
        self.added = channels_out - channels_in

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same size."""
        shortcut = functional.pad(features, (0, 0, 0, 0, 0, self.added))
        return functional.relu(self.norm(self.convolutions(features) + shortcut))


class ComposedAffineTransformer(nn.Sequential):
    """
    Three affine warps with residual blocks between them: the "stacked affine" of the reference.

    The reference left the chain commented out and its first stage without a size. Here the first
    two warps keep the tile's size and the last one makes the panorama's shape.

    :param size: side of the square tiles [px].
    :param shape: rows and columns of the warped images.
    """

    def __init__(self, size: int, shape: tuple[int, int]) -> None:
        super().__init__(
            AffineTransformer(size, (size, size)), ResidualBlock(3, 8),
            AffineTransformer(size, (size, size), channels=8), ResidualBlock(8, 3),
            AffineTransformer(size, shape))
