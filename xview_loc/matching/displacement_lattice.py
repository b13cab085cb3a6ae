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

"""One even lattice of places out of the displacements of several tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry

# Displacements of three cells to every side.
SIDE = 7
MOST_BLOCKS = 3


@dataclass(frozen=True)
class DisplacementLattice:
    """
    Places a cell apart, in blocks of 7 x 7 around the middles of tiles.

    :param middle: the tile in the middle of block (0, 0); others lie whole blocks east and north.
    :param cell_px: pixels of a tile along a side of a cell.
    """

    middle: PatchGeometry
    cell_px: int

    @property
    def cell_m(self) -> float:
        """Return the distance between places [m]."""
        return self.cell_px * self.middle.metres_per_pixel

    def blocks_around(self, x: float, y: float, radius_m: float) -> list[tuple[int, int]]:
        """
        Return the blocks that hold a search, at most 3 x 3 of them, east and north.

        :param x: middle of the search in ``map`` [m].
        :param y: likewise.
        :param radius_m: half side of the square [m].
        """
        ranges = []
        for offset in (x - self.middle.centre_x, y - self.middle.centre_y):
            own = _block(round(offset / self.cell_m))
            first = _block(math.floor((offset - radius_m) / self.cell_m))
            last = _block(math.ceil((offset + radius_m) / self.cell_m))
            aside = MOST_BLOCKS // 2
            ranges.append(range(max(first, own - aside), min(last, own + aside) + 1))
        return [(east, north) for east in ranges[0] for north in ranges[1]]

    def known(self, valid: np.ndarray) -> np.ndarray:
        """
        Return which displacements of a tile lie on imagery, ``(7, 7)`` bool.

        :param valid: ``(S, S)`` bool, of the pixels of the tile.
        """
        steps = np.arange(SIDE) - SIDE // 2
        size = len(valid)
        pixels = np.clip(size // 2 + steps * self.cell_px, 0, size - 1)
        return valid[np.ix_(pixels, pixels)]

    def joined(self, scores: Mapping[tuple[int, int], np.ndarray]) -> JoinedScores:
        """
        Lay the scores of blocks beside each other.

        :param scores: ``(K, 7, 7)`` by block, row 0 in the north; what is missing is NaN.
        """
        east, north = zip(*scores)
        west, top = min(east), max(north)
        count = len(next(iter(scores.values())))
        shape = count, (top - min(north) + 1) * SIDE, (max(east) - west + 1) * SIDE
        values = np.full(shape, np.nan, np.float32)
        for (right, up), block in scores.items():
            row, column = (top - up) * SIDE, (right - west) * SIDE
            values[:, row:row + SIDE, column:column + SIDE] = block
        half = SIDE // 2
        return JoinedScores(
            values, self.middle.centre_x + (west * SIDE - half) * self.cell_m,
            self.middle.centre_y + (top * SIDE + half) * self.cell_m, self.cell_m)


@dataclass(frozen=True)
class JoinedScores:
    """
    Scores on the lattice.

    :param values: ``(K, H, W)`` float32, row 0 in the north; NaN where unknown.
    :param west: of the first column in ``map`` [m].
    :param north: of the first row in ``map`` [m].
    :param cell_m: distance between places [m].
    """

    values: np.ndarray
    west: float
    north: float
    cell_m: float

    def at(self, cells: PatchGeometry, offsets: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        """
        Interpolate bilinearly at cells, to a 32nd of a step.

        :param cells: geometry of the result.
        :param offsets: ``(K, 2)`` east and north from a cell to the place that counts for it [m].
        :return: ``(K, H, W)`` float32, NaN outside and beside unknown places.
        """
        x, y = cells.cell_centres()
        planes = []
        for plane, (east, north) in zip(self.values, offsets):
            column = ((x + east - self.west) / self.cell_m).astype(np.float32)
            row = ((self.north - y - north) / self.cell_m).astype(np.float32)
            planes.append(cv2.remap(
                plane, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
                borderValue=math.nan))
        return np.stack(planes)


def _block(index: int) -> int:
    """Return the block of a place of the lattice."""
    return (index + SIDE // 2) // SIDE
