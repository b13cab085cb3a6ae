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

"""Where target pixels fall in a source image, by few exact points and interpolation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import math

import numpy as np

# (rows, columns) of the target -> (rows, columns) of the source, continuous pixel coordinates.
PixelFunction = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

TOLERANCE_PX = 0.01
SMALLEST_CELL_PX = 8


@dataclass(frozen=True)
class PixelMapping:
    """
    An approximation of a smooth mapping between two pixel grids.

    Convention: continuous ``(row, column)`` with pixel centres at +0.5, as in ``PatchGeometry``.
    The affine part is fitted to nine exact points. Where these deviate from it by more than
    ``TOLERANCE_PX``, a grid of exact points is interpolated bilinearly instead, its cells so small
    that a mapping with constant second derivatives (over one patch, any map projection) is met
    within ``TOLERANCE_PX`` source pixels.

    :param matrix: ``(2, 3)`` float64: source ``(row, column)`` from target ``(row, column, 1)``.
    :param control: ``(2, n + 1, m + 1)`` float64 exact source rows and columns on a regular grid
        over the target ``[0, height] x [0, width]``, or ``None`` where affine suffices.
    :param shape: ``(height, width)`` of the target.
    """

    matrix: np.ndarray
    control: np.ndarray | None
    shape: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Return source pixels per target pixel along the source's rows and columns."""
        return (math.hypot(*self.matrix[0, :2]), math.hypot(*self.matrix[1, :2]))

    def scaled(self, factors: tuple[float, float]) -> PixelMapping:
        """
        Return the mapping into the same source with its coordinates multiplied.

        :param factors: for rows and for columns.
        """
        column = np.asarray(factors, dtype=np.float64)
        control = None if self.control is None else self.control * column[:, None, None]
        return PixelMapping(self.matrix * column[:, None], control, self.shape)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the smallest and largest source row, then column, that the target touches."""
        if self.control is not None:
            points = self.control.reshape(2, -1)
        else:
            height, width = self.shape
            corners = np.array([[0, 0, 1], [0, width, 1], [height, 0, 1], [height, width, 1]])
            points = self.matrix @ corners.T
        low, high = points.min(axis=1), points.max(axis=1)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1])

    def dense(self, origin: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the source coordinates of all target pixel centres.

        :param origin: source row and column to count from, so that float32 holds 1e-3 px.
        :return: rows and columns, each ``(height, width)`` float32, continuous coordinates.
        """
        height, width = self.shape
        if self.control is None:
            rows = np.arange(height, dtype=np.float64)[:, None] + 0.5
            columns = np.arange(width, dtype=np.float64)[None, :] + 0.5
            return tuple((line[0] * rows + (line[1] * columns + (line[2] - start))
                          ).astype(np.float32)
                         for line, start in zip(self.matrix, origin))
        down = _hat_weights(height, self.control.shape[1] - 1)
        across = _hat_weights(width, self.control.shape[2] - 1)
        return tuple(down @ (points - start).astype(np.float32) @ across.T
                     for points, start in zip(self.control, origin))


def fit_mapping(function: PixelFunction, shape: tuple[int, int]) -> PixelMapping | None:
    """
    Approximate a mapping over a target image.

    :param function: the exact mapping, vectorised over float64 arrays of equal shape.
    :param shape: ``(height, width)`` of the target.
    :return: the approximation, or ``None`` where the target leaves the mapping's domain.
    """
    nine = _sample(function, shape, 2, 2)
    if not np.isfinite(nine).all():
        return None
    height, width = shape
    unit = np.array([-1.0, 0.0, 1.0])
    by_row = (nine * unit[None, :, None]).sum(axis=(1, 2)) / 6.0
    by_column = (nine * unit[None, None, :]).sum(axis=(1, 2)) / 6.0
    centre = nine.mean(axis=(1, 2))
    fitted = (centre[:, None, None] + by_row[:, None, None] * unit[None, :, None]
              + by_column[:, None, None] * unit[None, None, :])
    deviation = float(np.abs(nine - fitted).max())
    slope = np.stack([2.0 * by_row / height, 2.0 * by_column / width], axis=1)
    offset = centre - by_row - by_column
    matrix = np.concatenate([slope, offset[:, None]], axis=1)
    if deviation <= TOLERANCE_PX:
        return PixelMapping(matrix, None, shape)
    # A second derivative a (in half sides) deviates from the affine fit by 2/3 a at one of the
    # nine points and from its interpolation over n cells by at most a / n^2.
    cells = math.ceil(math.sqrt(1.5 * deviation / TOLERANCE_PX))
    control = _sample(function, shape, min(cells, max(1, height // SMALLEST_CELL_PX)),
                      min(cells, max(1, width // SMALLEST_CELL_PX)))
    if not np.isfinite(control).all():
        return None
    return PixelMapping(matrix, control, shape)


def _sample(function: PixelFunction, shape: tuple[int, int], down: int,
            across: int) -> np.ndarray:
    rows, columns = np.meshgrid(np.linspace(0.0, shape[0], down + 1),
                                np.linspace(0.0, shape[1], across + 1), indexing='ij')
    return np.stack([np.asarray(axis, dtype=np.float64).reshape(rows.shape)
                     for axis in function(rows, columns)])


def _hat_weights(pixels: int, cells: int) -> np.ndarray:
    centres = (np.arange(pixels) + 0.5) * (cells / pixels)
    distance = np.abs(centres[:, None] - np.arange(cells + 1)[None, :])
    return np.maximum(0.0, 1.0 - distance).astype(np.float32)
