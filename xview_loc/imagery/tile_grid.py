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

"""Which tiles cover an area, and which area tiles cover."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.web_mercator import (
    geodetic_from_tile_pixel, MAX_LATITUDE_DEG, tile_pixel_from_geodetic, zoom_for_resolution)
from xview_loc.imagery.bounds import Bounds, centre_of
from xview_loc.imagery.imagery_source import GeodeticFunction
from xview_loc.imagery.resample import FINENESS_SLACK
from xview_loc.imagery.tile_store import check_zoom, TileIndex


@dataclass(frozen=True)
class TileRange:
    """
    A rectangle of tiles, bounds included.

    :param zoom: their level.
    :param first_column: western column.
    :param first_row: northern row.
    :param last_column: eastern column; beyond the world's width across the antimeridian.
    :param last_row: southern row.
    """

    zoom: int
    first_column: int
    first_row: int
    last_column: int
    last_row: int

    @property
    def count(self) -> int:
        """Return the number of tiles."""
        return ((self.last_column - self.first_column + 1)
                * (self.last_row - self.first_row + 1))

    def parents(self, levels: int) -> TileRange:
        """Return the tiles some levels coarser that hold these."""
        return TileRange(self.zoom - levels, *(side >> levels for side in (
            self.first_column, self.first_row, self.last_column, self.last_row)))

    def __iter__(self):
        """Go through the tiles row by row, columns wrapped to the world."""
        world = 2 ** self.zoom
        for row in range(self.first_row, self.last_row + 1):
            for column in range(self.first_column, self.last_column + 1):
                yield TileIndex(self.zoom, column % world, row)


def tiles_of_bounds(bounds: Bounds, zoom: int) -> TileRange:
    """
    Return the tiles that an area touches.

    :param bounds: west, south, east, north in degrees.
    :param zoom: level.
    """
    world = 2 ** check_zoom(zoom)
    west, south, east, north = bounds
    columns, rows = tile_pixel_from_geodetic(
        np.clip([north, south], -MAX_LATITUDE_DEG, MAX_LATITUDE_DEG), np.array([west, east]),
        zoom, 1)
    # A rim that lies on a tile boundary but for rounding does not pull the next tile in.
    first_column, first_row = math.floor(columns[0] + 1e-9), math.floor(rows[0] + 1e-9)
    last_column, last_row = math.ceil(columns[1] - 1e-9) - 1, math.ceil(rows[1] - 1e-9) - 1
    if east <= west:
        last_column += world
    return TileRange(zoom, first_column, max(first_row, 0), max(last_column, first_column),
                     min(max(last_row, first_row), world - 1))


def bounds_of_tiles(zoom: int, first_column: int, first_row: int, last_column: int,
                    last_row: int) -> Bounds:
    """
    Return the area of a rectangle of tiles in degrees.

    :param zoom: level.
    :param first_column: western column.
    :param first_row: northern row.
    :param last_column: eastern column, included; beyond the world across the antimeridian.
    :param last_row: southern row, included.
    """
    (north, south), (west, east) = geodetic_from_tile_pixel(
        np.array([first_column, last_column + 1.0]), np.array([first_row, last_row + 1.0]),
        zoom, 1)
    east = east if last_column < 2 ** zoom else east - 360.0
    return float(west), float(south), float(east), float(north)


def tile_to_geodetic(tile: TileIndex, tile_size: int) -> GeodeticFunction:
    """
    Return the function from the pixels of a tile to the earth.

    :param tile: the tile.
    :param tile_size: its side [px].
    """
    def geodetic_from_pixel(rows, columns):
        return geodetic_from_tile_pixel(columns + tile.column * tile_size,
                                        rows + tile.row * tile_size, tile.zoom, tile_size)

    return geodetic_from_pixel


def finest_zoom_for(metres: float, bounds: Bounds, tile_size: int = 256) -> int:
    """
    Return the first zoom at least as fine as a resolution, but for 5 percent.

    :param metres: ground resolution [m per px].
    :param bounds: the area, whose middle counts.
    :param tile_size: side of a tile [px].
    """
    latitude, _ = centre_of(bounds)
    return min(24, zoom_for_resolution(latitude, metres * FINENESS_SLACK, tile_size))
