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

"""Sampling grids bent by a thin-plate spline (Bookstein, IEEE T-PAMI 1989)."""

import torch
from torch import nn

from xview_loc.errors import ConfigurationError


def control_points(rows: int, columns: int, span: float = 0.9) -> torch.Tensor:
    """
    Return a regular lattice of (x, y) points in [-span, span], row by row.

    :return: (rows * columns, 2) float64.
    """
    y, x = torch.meshgrid(
        torch.linspace(-span, span, rows, dtype=torch.float64),
        torch.linspace(-span, span, columns, dtype=torch.float64), indexing='ij')
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def bending(points: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return r^2 / 2 * ln(r^2) between all pairs, 0 where they coincide."""
    squared = (points[:, None, :] - others[None, :, :]).square().sum(dim=2)
    return 0.5 * torch.xlogy(squared, squared)


def inverse_system(points: torch.Tensor) -> torch.Tensor:
    """
    Return the matrix that turns the values at the points into the coefficients of the spline.

    :param points: (N, 2).
    :return: (N + 3, N + 3); the last three coefficients belong to 1, x and y.
    """
    ones = torch.ones(len(points), 1, dtype=points.dtype)
    affine = torch.cat([ones, points], dim=1)
    corner = torch.zeros(3, 3, dtype=points.dtype)
    upper = torch.cat([bending(points, points), affine], dim=1)
    return torch.linalg.inv(torch.cat([upper, torch.cat([affine.T, corner], dim=1)]))


class ThinPlateSplineGrid(nn.Module):
    """
    Map predicted source points to a sampling grid; linear in the points, so one matrix product.

    The lattice of the output is corner-aligned: its first and last pixels are at -1 and +1. Sample
    with ``align_corners=True`` for the identity to be the identity.

    :param height: rows of the output.
    :param width: columns of the output.
    :param points: control points in the output, (N, 2) in [-1, 1].
    """

    matrix: torch.Tensor

    def __init__(self, height: int, width: int, points: torch.Tensor) -> None:
        super().__init__()
        if height < 2 or width < 2:
            raise ConfigurationError(
                f'a spline grid of {height}x{width}; both sides must be at least 2.')
        self.shape = (height, width)
        points = points.to(torch.float64)
        y, x = torch.meshgrid(
            torch.linspace(-1, 1, height, dtype=torch.float64),
            torch.linspace(-1, 1, width, dtype=torch.float64), indexing='ij')
        pixels = torch.stack([x.flatten(), y.flatten()], dim=1)
        basis = torch.cat(
            [bending(pixels, points), torch.ones(len(pixels), 1, dtype=torch.float64), pixels],
            dim=1)
        matrix = (basis @ inverse_system(points))[:, :len(points)]
        self.register_buffer('matrix', matrix.to(torch.float32), persistent=False)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """
        Return where each output pixel is sampled.

        :param points: source (x, y) of every control point, (B, N, 2) in [-1, 1].
        :return: (B, height, width, 2), (x, y).
        """
        return (self.matrix @ points).unflatten(1, self.shape)
