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

"""Raster files that are cut from one grid, as one raster."""

from __future__ import annotations

from functools import cached_property
import math

import numpy as np

from xview_loc.imagery.block import Block
from xview_loc.imagery.bounds import Bounds, union
from xview_loc.imagery.geotiff import GeoTiffRaster

# Files whose pixels lie on one grid to this share of a pixel are joined without resampling.
PHASE_TOLERANCE_PX = 0.01


class GridMosaic:
    """
    Files with one reference system and pixel grid, joined without seams.

    Where files overlap the first one wins. Overviews are used where those of every file are
    exact halves on the common grid; else the levels are averaged from the full resolution.

    :param parts: at least one; all must pass :func:`on_one_grid` with the first.
    """

    def __init__(self, parts: list[GeoTiffRaster]):
        self.parts = parts
        first = parts[0]
        offsets = np.array([_offset(first, part) for part in parts])
        self._origin = offsets.min(axis=0)
        self._tops_lefts = offsets - self._origin
        self._sizes = np.array([part.shape for part in parts])
        self.shape = tuple(int(side) for side in (self._tops_lefts + self._sizes).max(axis=0))
        self.block_size = first.block_size
        self.name = first.name if len(parts) == 1 else f'{first.name} and {len(parts) - 1} more'
        self.date = first.date if len({part.date for part in parts}) == 1 else ''
        self.attribution = '; '.join(dict.fromkeys(
            part.attribution for part in parts if part.attribution))

    @property
    def bounds(self) -> Bounds:
        """Return ``(west, south, east, north)`` in degrees."""
        return union([part.bounds for part in self.parts])

    @cached_property
    def level_scales(self) -> list[tuple[float, float]]:
        """Return the scales of levels of exact halves, down to one block."""
        coarsest = max(0, math.ceil(math.log2(max(self.shape) / self.block_size)))
        return [(0.5 ** level, 0.5 ** level) for level in range(coarsest + 1)]

    @cached_property
    def stored_levels(self) -> int:
        """Return how many levels are read from the files: 1 where no overview can be used."""
        level = 0
        while all(_halves_exactly(part, tuple(place), level + 1)
                  for part, place in zip(self.parts, self._tops_lefts)):
            level += 1
        return level + 1

    def zoom_of_level(self, level: int) -> None:
        """Return ``None``: raster files do not number their levels."""

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of the grid at a place [m]."""
        return self.parts[0].metres_per_pixel_at(latitude_deg, longitude_deg)

    def pixel_from_geodetic(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray
                            ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of places on the common grid."""
        rows, columns = self.parts[0].pixel_from_geodetic(latitude_deg, longitude_deg)
        return rows - self._origin[0], columns - self._origin[1]

    def read_block(self, level: int, row: int, column: int) -> Block | None:
        """
        Read one block from the files that touch it.

        :return: the block, or ``None`` where no file has pixels.
        :raises BrokenTileError: when a file is damaged there.
        """
        if level >= self.stored_levels:
            return None
        side = self.block_size
        top, left = row * side, column * side
        result: Block | None = None
        for index in self._touching(level, top, left):
            part_top, part_left = self._tops_lefts[index] >> level
            block = self.parts[index].read_window(level, top - int(part_top),
                                                  left - int(part_left), side, side)
            result = fill(result, block)
            if result is not None and result.valid is None:
                break
        return result

    def derives(self, level: int, row: int, column: int) -> bool:
        """Tell whether a block is made from finer ones: beyond the stored levels it is."""
        side = self.block_size << level
        return (level >= self.stored_levels and row >= 0 and column >= 0
                and row * side < self.shape[0] and column * side < self.shape[1])

    def block_name(self, level: int, row: int, column: int) -> str:
        """Return the files that a block is read from."""
        touching = self._touching(level, row * self.block_size, column * self.block_size)
        names = ', '.join(self.parts[index].name for index in touching)
        return f'{names} level {level} block {row}/{column}'

    def close(self) -> None:
        """Close all files."""
        for part in self.parts:
            part.close()

    def _touching(self, level: int, top: int, left: int) -> np.ndarray:
        start = np.array([top, left]) << level
        stop = start + (self.block_size << level)
        inside = ((self._tops_lefts < stop) & (self._tops_lefts + self._sizes > start)).all(axis=1)
        return np.flatnonzero(inside)


def on_one_grid(one: GeoTiffRaster, other: GeoTiffRaster) -> bool:
    """
    Tell whether two files were cut from one grid.

    :param one: a file.
    :param other: another.
    """
    if one.crs != other.crs or len(one.bands.indexes) != len(other.bands.indexes):
        return False
    if (one.bands.palette is None) != (other.bands.palette is None):
        return False
    # At every corner of the other file, so that a tiny difference in pixel size counts too.
    height, width = other.shape
    for row, column in ((0, 0), (0, width), (height, 0), (height, width)):
        exact = _pixel_of(one, other, row, column)
        if not np.allclose(exact, _offset(one, other) + np.array([row, column]),
                           rtol=0.0, atol=PHASE_TOLERANCE_PX):
            return False
    return True


def fill(block: Block | None, addition: Block | None) -> Block | None:
    """
    Fill the invalid pixels of a block from another of the same size.

    :param block: what counts first, or ``None``.
    :param addition: what fills the holes, or ``None``.
    """
    if block is None or addition is None:
        return addition if block is None else block
    if block.valid is None:
        return block
    holes = ~block.valid if addition.valid is None else addition.valid & ~block.valid
    image = block.image.copy()
    image[holes] = addition.image[holes]
    valid = block.valid | holes
    return Block(image, None if valid.all() else valid)


def _pixel_of(one: GeoTiffRaster, other: GeoTiffRaster, row: float, column: float) -> np.ndarray:
    grids = [np.array(tuple(part.transform)).reshape(3, 3) for part in (one, other)]
    x, y, _ = np.linalg.solve(grids[0], grids[1] @ [column, row, 1.0])
    return np.array([y, x])


def _offset(one: GeoTiffRaster, other: GeoTiffRaster) -> np.ndarray:
    """Return the row and column of the first pixel of a file on the grid of another."""
    return np.rint(_pixel_of(one, other, 0.0, 0.0)).astype(np.int64)


def _halves_exactly(part: GeoTiffRaster, place: tuple[int, int], level: int) -> bool:
    step = 2 ** level
    return (part.bands.palette is None
            and part.overview_factors[:level] == [2 ** (index + 1) for index in range(level)]
            and all(side % step == 0 for side in (*part.shape, *place)))
