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

"""From the pixels of a network's tile to the cells of a likelihood around a prior."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.matcher import SearchPrior

FINEST_CELL_M, COARSEST_CELL_M = 0.25, 1.0
MOST_BYTES = 450_000


@dataclass(frozen=True)
class LikelihoodGrid:
    """
    Cells of whole pixels around a prior.

    :param geometry: place of the cells, of ``base_link``.
    :param factor: pixels along a side of a cell.
    """

    geometry: PatchGeometry
    factor: int

    @classmethod
    def around(cls, prior: SearchPrior, tile: PatchGeometry, yaws: int) -> LikelihoodGrid:
        """
        Return the cells whose centres enclose the square of a search.

        Cells have sides from 0.25 to 1 m (or one pixel, where that is more), as small as 0.45 MB
        for the volume allow.

        :param prior: where to search.
        :param tile: whose pixels make the cells; their borders coincide.
        :param yaws: number of slices.
        """
        pixel = tile.metres_per_pixel
        factor = max(math.ceil(FINEST_CELL_M / pixel - 1e-9), 1)
        while ((factor + 1) * pixel <= COARSEST_CELL_M
               and 4 * yaws * _side(prior, factor * pixel) ** 2 > MOST_BYTES):
            factor += 1
        side = _side(prior, factor * pixel)
        row, column = tile.pixel_from_map(prior.pose.x, prior.pose.y)
        # The corner on a pixel border moves the centre by half a pixel at most.
        top, left = (round(float(place) - 0.5 * side * factor) for place in (row, column))
        x, y = tile.map_from_pixel(top + 0.5 * side * factor, left + 0.5 * side * factor)
        return cls(PatchGeometry(float(x), float(y), factor * pixel, side, side), factor)

    def crop(self, plane: np.ndarray, tile: PatchGeometry, east: float = 0.0,
             north: float = 0.0) -> np.ndarray:
        """
        Return the pixels of a tile that belong to the cells, shifted by whole pixels.

        :param plane: ``(S, S)`` or ``(C, S, S)`` values of the tile's pixels.
        :param tile: its geometry.
        :param east: from ``base_link`` to the place that the pixels are about [m]; rounding to
            whole pixels moves it by half a pixel at most.
        :param north: likewise.
        :return: ``(..., H, W, f, f)`` float32: the pixels of every cell; NaN outside the tile.
        """
        pixel, side = tile.metres_per_pixel, self.geometry.height * self.factor
        x, y = self.geometry.map_from_pixel(0.0, 0.0)
        row, column = tile.pixel_from_map(float(x), float(y))
        top = round(float(row)) - round(north / pixel)
        left = round(float(column)) + round(east / pixel)
        cut = np.full((*plane.shape[:-2], side, side), np.nan, np.float32)
        height, width = plane.shape[-2:]
        rows = slice(max(top, 0), min(top + side, height))
        columns = slice(max(left, 0), min(left + side, width))
        if rows.start < rows.stop and columns.start < columns.stop:
            inside = cut[..., rows.start - top:, columns.start - left:]
            inside[..., :rows.stop - rows.start, :columns.stop - columns.start] = (
                plane[..., rows, columns])
        cells = self.geometry.height
        blocks = cut.reshape(*plane.shape[:-2], cells, self.factor, cells, self.factor)
        return blocks.swapaxes(-3, -2)

    def nearest(self, tiles: list[PatchGeometry]) -> np.ndarray:
        """
        Return ``(H, W)`` the index of the tile whose middle is nearest to each cell.

        :param tiles: at least one.
        """
        x, y = self.geometry.cell_centres()
        return np.argmin([np.hypot(x - tile.centre_x, y - tile.centre_y) for tile in tiles],
                         axis=0)


def log_mean(blocks: np.ndarray) -> np.ndarray:
    """
    Return the logarithm of the mean likelihood of every cell.

    :param blocks: ``(..., f, f)`` log-likelihoods of its pixels, NaN where unknown.
    :return: ``(...)`` float32; NaN where less than half of the pixels are known.
    """
    flat = blocks.reshape(*blocks.shape[:-2], -1)
    known = np.isfinite(flat)
    count = known.sum(axis=-1)
    highest = np.where(known, flat, -np.inf).max(axis=-1)
    enough = 2 * count >= flat.shape[-1]
    with np.errstate(invalid='ignore', divide='ignore'):
        total = np.where(known, np.exp(flat - highest[..., None]), 0.0).sum(axis=-1)
        mean = highest + np.log(total / count)
    return np.where(enough, mean, np.nan).astype(np.float32)


def _side(prior: SearchPrior, cell_m: float) -> int:
    """Return the cells along a side, odd; the margin makes up for the corner's rounding."""
    return 2 * math.ceil(prior.radius_m / cell_m + 0.5) + 1
