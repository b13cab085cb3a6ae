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

"""What a file format must offer to become an imagery source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from xview_loc.imagery.block import Block
from xview_loc.imagery.bounds import Bounds


class Raster(Protocol):
    """
    A large image on the earth, stored in square blocks at levels of resolution.

    Convention: level 0 is the finest, and pixel (0, 0) starts at the same corner at every level.
    Pixel coordinates are continuous ``(row, column)`` with centres at +0.5; rows grow south on
    the raster's own grid.
    """

    @property
    def name(self) -> str:
        """Return a short name for diagnostics."""

    @property
    def attribution(self) -> str:
        """Return the credit line, or ''."""

    @property
    def date(self) -> str:
        """Return the date of the imagery, or ''."""

    @property
    def bounds(self) -> Bounds:
        """Return ``(west, south, east, north)`` in degrees."""

    @property
    def block_size(self) -> int:
        """Return the side of a block [px]."""

    @property
    def level_scales(self) -> Sequence[tuple[float, float]]:
        """Return rows and columns of each level per row and column of level 0."""

    def zoom_of_level(self, level: int) -> int | None:
        """Return the number under which the format knows a level, or ``None``."""

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of level 0 at a place [m]."""

    def pixel_from_geodetic(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray
                            ) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the pixel coordinates of places at level 0, continuous across the antimeridian.

        :param latitude_deg: any shape, degrees.
        :param longitude_deg: the same shape, degrees.
        :return: rows and columns, float64; not finite where the raster's projection ends.
        """

    def read_block(self, level: int, row: int, column: int) -> Block | None:
        """
        Decode one block; safe to call from several threads.

        :return: the block, or ``None`` where nothing is stored.
        :raises BrokenTileError: when it is stored but damaged.
        """

    def derives(self, level: int, row: int, column: int) -> bool:
        """
        Tell whether a block that is not stored may be made from its four finer ones.

        Only where the level has exactly half the rows and columns of the one before.
        """

    def block_name(self, level: int, row: int, column: int) -> str:
        """Return how a person would find a block, for warnings."""

    def close(self) -> None:
        """Give files and connections back."""
