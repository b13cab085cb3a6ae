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

"""Cells of a regular grid in ``map``, counted from the datum."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry


@dataclass(frozen=True)
class CellWindow:
    """
    A rectangle of cells.

    Cell ``(row, column)`` is centred at ``x = column * spacing``, ``y = -row * spacing`` in the
    ``map`` frame, so that a cell keeps its name whatever patch or window it is seen in. Rows grow
    south and columns east, as in a raster; both may be negative.

    :param spacing_m: step of the grid [m].
    :param first_row: northern row.
    :param first_column: western column.
    :param rows: number of rows; at least 0.
    :param columns: number of columns; at least 0.
    :raises MatchingError: when a size or the step is not allowed.
    """

    spacing_m: float
    first_row: int
    first_column: int
    rows: int
    columns: int

    def __post_init__(self) -> None:
        """Refuse what is no grid."""
        if not self.spacing_m > 0.0 or min(self.rows, self.columns) < 0:
            raise MatchingError(
                f'A window of {self.rows} x {self.columns} cells of {self.spacing_m} m is none; '
                'the cells must have a size and neither number may be negative.')

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(rows, columns)``."""
        return self.rows, self.columns

    @property
    def geometry(self) -> PatchGeometry:
        """Return the place of the cells in ``map``; the window must not be empty."""
        step = self.spacing_m
        return PatchGeometry((self.first_column + 0.5 * (self.columns - 1)) * step,
                             -(self.first_row + 0.5 * (self.rows - 1)) * step, step,
                             self.rows, self.columns)

    @property
    def cells(self) -> np.ndarray:
        """Return ``(rows * columns, 2)`` int64 row and column of every cell, row by row."""
        rows, columns = np.mgrid[self.first_row:self.first_row + self.rows,
                                 self.first_column:self.first_column + self.columns]
        return np.stack([rows.ravel(), columns.ravel()], axis=1).astype(np.int64)

    def grown(self, cells: int) -> CellWindow:
        """
        Return the window with a rim.

        :param cells: width of the rim.
        """
        return CellWindow(self.spacing_m, self.first_row - cells, self.first_column - cells,
                          self.rows + 2 * cells, self.columns + 2 * cells)

    def overlap(self, other: CellWindow) -> CellWindow:
        """
        Return the cells that are in both; none where they do not touch.

        :param other: window on the same grid.
        """
        row, column = (max(self.first_row, other.first_row),
                       max(self.first_column, other.first_column))
        last_row = min(self.first_row + self.rows, other.first_row + other.rows)
        last_column = min(self.first_column + self.columns, other.first_column + other.columns)
        return CellWindow(self.spacing_m, row, column, max(last_row - row, 0),
                          max(last_column - column, 0))


def window_around(spacing_m: float, x: float, y: float, radius_m: float) -> CellWindow:
    """
    Return the smallest window whose centres enclose a square; at least 2 x 2 cells.

    :param spacing_m: step of the grid [m].
    :param x: east of the middle of the square [m].
    :param y: north of it [m].
    :param radius_m: half its side [m].
    """
    rows = [math.floor((-y - radius_m) / spacing_m), math.ceil((-y + radius_m) / spacing_m)]
    columns = [math.floor((x - radius_m) / spacing_m), math.ceil((x + radius_m) / spacing_m)]
    return CellWindow(spacing_m, rows[0], columns[0], max(rows[1] - rows[0], 1) + 1,
                      max(columns[1] - columns[0], 1) + 1)


def window_inside(spacing_m: float, geometry: PatchGeometry, margin_m: float) -> CellWindow:
    """
    Return the cells that lie inside a north-up image, away from its rim; none if it is too small.

    :param spacing_m: step of the grid [m].
    :param geometry: of the image; its rotation is not considered.
    :param margin_m: least distance from the rim [m].
    """
    height, width = geometry.extent_m
    right, up = 0.5 * width - margin_m, 0.5 * height - margin_m
    slack = 1e-6
    first_row = math.ceil((-geometry.centre_y - up) / spacing_m - slack)
    last_row = math.floor((-geometry.centre_y + up) / spacing_m + slack)
    first_column = math.ceil((geometry.centre_x - right) / spacing_m - slack)
    last_column = math.floor((geometry.centre_x + right) / spacing_m + slack)
    return CellWindow(spacing_m, first_row, first_column, max(last_row - first_row + 1, 0),
                      max(last_column - first_column + 1, 0))


def positions_of(cells: np.ndarray, spacing_m: float) -> np.ndarray:
    """
    Return where cells are.

    :param cells: ``(N, 2)`` row and column.
    :param spacing_m: step of the grid [m].
    :return: ``(N, 2)`` float64 x east, y north in ``map`` [m].
    """
    cells = np.asarray(cells, np.float64)
    return np.stack([cells[:, 1] * spacing_m, -cells[:, 0] * spacing_m], axis=1)
