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

"""Web-Mercator tiles as one large raster."""

from __future__ import annotations

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.geometry.web_mercator import (
    metres_per_pixel, tile_pixel_from_geodetic, world_size)
from xview_loc.imagery.block import Block, BrokenTileError
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.tile_codec import decode_tile
from xview_loc.imagery.tile_grid import bounds_of_tiles
from xview_loc.imagery.tile_store import TileIndex, TileStore
from xview_loc.imagery.warning_log import WarningLog

TILE_SIZES = (256, 512, 1024)


class TilePyramid:
    """
    The tiles of a store as a :class:`~xview_loc.imagery.raster.Raster`.

    Level 0 is the store's finest zoom. A level that is not stored, or a tile missing from it, is
    made from the finer tiles.

    :param store: the compressed tiles.
    :param warnings: where tiles that cannot be decoded are counted while looking for the first.
    :raises ImageryError: when no tile can be decoded or the tiles have an unusual size.
    """

    def __init__(self, store: TileStore, warnings: WarningLog | None = None):
        self.store = store
        zooms = store.zooms()
        if not zooms:
            raise ImageryError(f'The tile source {store.name} holds no tiles.')
        self.finest_zoom = zooms[-1]
        self._extent = store.extent(self.finest_zoom)
        self.block_size = self._measure_tile(WarningLog() if warnings is None else warnings)

    @property
    def name(self) -> str:
        """Return the name of the store."""
        return self.store.name

    @property
    def attribution(self) -> str:
        """Return the credit line that the store states, or ''."""
        return self.store.metadata.get('attribution', '')

    @property
    def date(self) -> str:
        """Return the imagery date that the store states, or ''."""
        return self.store.metadata.get('date', '')

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of the tiles at the finest zoom, in degrees."""
        return bounds_of_tiles(self.finest_zoom, *self._extent)

    @property
    def level_scales(self) -> list[tuple[float, float]]:
        """Return the scales of all levels down to the zoom at which the world is one tile."""
        return [(0.5 ** level, 0.5 ** level) for level in range(self.finest_zoom + 1)]

    def zoom_of_level(self, level: int) -> int:
        """Return the zoom of a level."""
        return self.finest_zoom - level

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of the finest zoom at a latitude [m]."""
        return float(metres_per_pixel(latitude_deg, self.finest_zoom, self.block_size))

    def pixel_from_geodetic(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray
                            ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns at the finest zoom, continuous across the antimeridian."""
        columns, rows = tile_pixel_from_geodetic(latitude_deg, longitude_deg, self.finest_zoom,
                                                 self.block_size)
        world = world_size(self.finest_zoom, self.block_size)
        first = np.ravel(columns)[0]
        return rows, first + (columns - first + 0.5 * world) % world - 0.5 * world

    def read_block(self, level: int, row: int, column: int) -> Block | None:
        """
        Decode one tile.

        :raises BrokenTileError: when it is damaged or of another size than the others.
        """
        tile = self._tile(level, row, column)
        data = None if tile is None else self.store.get(tile)
        if tile is None or data is None:
            return None
        block = decode_tile(data)
        if block.image.shape[:2] != (self.block_size, self.block_size):
            raise BrokenTileError(
                f'tile {tile.zoom}/{tile.column}/{tile.row} has {block.image.shape[1]} x '
                f'{block.image.shape[0]} px where the others have {self.block_size}')
        return block

    def derives(self, level: int, row: int, column: int) -> bool:
        """Tell whether finer tiles may exist below a tile."""
        tile = self._tile(level, row, column)
        if tile is None or level == 0:
            return False
        first, north, last, south = (side >> level for side in self._extent)
        column = tile.column if tile.column >= first else tile.column + 2 ** tile.zoom
        return first <= column <= last and north <= tile.row <= south

    def block_name(self, level: int, row: int, column: int) -> str:
        """Return zoom, column and row of a tile, rows from the north."""
        zoom = self.finest_zoom - level
        return f'{zoom}/{column % 2 ** zoom}/{row}'

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _tile(self, level: int, row: int, column: int) -> TileIndex | None:
        zoom = self.finest_zoom - level
        if not 0 <= row < 2 ** zoom:
            return None
        return TileIndex(zoom, column % 2 ** zoom, row)

    def _measure_tile(self, warnings: WarningLog) -> int:
        for tile in self.store.tiles(self.finest_zoom):
            data = self.store.get(tile)
            if data is None:
                continue
            try:
                height, width = decode_tile(data).image.shape[:2]
            except BrokenTileError as error:
                warnings.add('broken tile', f'{tile.zoom}/{tile.column}/{tile.row}', str(error))
                continue
            if height != width or height not in TILE_SIZES:
                raise ImageryError(f'The tiles of {self.store.name} have {width} x {height} px; '
                                   f'square tiles of {TILE_SIZES} px can be used.')
            return height
        raise ImageryError(f'No tile of {self.store.name} can be decoded.')
