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

"""Tiles in one PMTiles archive (version 3), through the format's own library."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
import mmap
from pathlib import Path
import zlib

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import BrokenTileError
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.tile_grid import tiles_of_bounds
from xview_loc.imagery.tile_store import TileIndex

RASTER_TYPES = ('PNG', 'JPEG', 'WEBP')
DIRECTORY_DEPTH = 4
DIRECTORIES_IN_MEMORY = 64

# What reading a damaged directory may raise.
_DAMAGE = (EOFError, IndexError, OSError, OverflowError, ValueError, zlib.error)


class PMTilesStore:
    """
    A PMTiles archive opened for reading; it is mapped into memory, so threads need no locks.

    :param path: the archive.
    :raises ImageryError: when it cannot be read, holds no raster tiles, or the ``pmtiles``
        library is not installed.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._library = _library(self.path)
        try:
            with open(self.path, 'rb') as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._header = self._library.deserialize_header(self._bytes[:127])
            self.metadata = self._read_metadata()
            self._directory = lru_cache(DIRECTORIES_IN_MEMORY)(self._read_directory)
            self._directory(self._header['root_offset'], self._header['root_length'])
        except (*_DAMAGE, self._library.MagicNumberNotFound,
                self._library.SpecVersionUnsupported) as error:
            raise ImageryError(
                f'The file {self.path} cannot be read as PMTiles 3: {error!r}.') from error
        if self._header['tile_type'].name not in RASTER_TYPES:
            raise ImageryError(f'The tile file {self.path} holds no raster tiles but '
                               f'{self._header["tile_type"].name}.')

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.path.name

    def zooms(self) -> list[int]:
        """Return the zoom levels that the archive states, ascending."""
        return list(range(self._header['min_zoom'], self._header['max_zoom'] + 1))

    def extent(self, zoom: int) -> tuple[int, int, int, int]:
        """Return the first column, first row, last column and last row of the stated bounds."""
        keys = ('min_lon_e7', 'min_lat_e7', 'max_lon_e7', 'max_lat_e7')
        west, south, east, north = (self._header[key] * 1e-7 for key in keys)
        bounds: Bounds = (west, south, east, north)
        area = tiles_of_bounds(bounds, zoom)
        return area.first_column, area.first_row, area.last_column, area.last_row

    def tiles(self, zoom: int) -> Iterator[TileIndex]:
        """Go through the tiles of a zoom level along the archive's own curve."""
        first = self._library.zxy_to_tileid(zoom, 0, 0)
        last = first + 4 ** zoom
        for start, count in self._runs(self._header['root_offset'],
                                       self._header['root_length'], first, last):
            for tile_id in range(max(start, first), min(start + count, last)):
                _, column, row = self._library.tileid_to_zxy(tile_id)
                yield TileIndex(zoom, column, row)

    def get(self, tile: TileIndex) -> bytes | None:
        """
        Return a compressed tile, or ``None`` where there is none.

        :raises BrokenTileError: when the archive is damaged there.
        """
        wanted = self._library.zxy_to_tileid(tile.zoom, tile.column, tile.row)
        offset, length = self._header['root_offset'], self._header['root_length']
        try:
            for _ in range(DIRECTORY_DEPTH):
                entry = self._library.find_tile(self._directory(offset, length), wanted)
                if entry is None:
                    return None
                if entry.run_length > 0:
                    return self._slice(self._header['tile_data_offset'] + entry.offset,
                                       entry.length)
                offset = self._header['leaf_directory_offset'] + entry.offset
                length = entry.length
        except _DAMAGE as error:
            raise BrokenTileError(f'{self.name} is damaged: {error!r}') from error
        raise BrokenTileError(f'{self.name} nests its directories too deeply')

    def close(self) -> None:
        """Give the file back."""
        self._bytes.close()

    def _runs(self, offset: int, length: int, first: int, last: int
              ) -> Iterator[tuple[int, int]]:
        """Go through runs of tile numbers that may touch a range."""
        entries = self._directory(offset, length)
        for index, entry in enumerate(entries):
            following = entries[index + 1].tile_id if index + 1 < len(entries) else last
            if entry.tile_id >= last:
                return
            if entry.run_length > 0:
                if entry.tile_id + entry.run_length > first:
                    yield entry.tile_id, entry.run_length
            elif following > first:
                yield from self._runs(self._header['leaf_directory_offset'] + entry.offset,
                                      entry.length, first, last)

    def _read_directory(self, offset: int, length: int) -> list:
        return self._library.deserialize_directory(self._slice(offset, length))

    def _slice(self, offset: int, length: int) -> bytes:
        data = self._bytes[offset:offset + length]
        if len(data) != length:
            raise EOFError(f'{length} bytes are stated at {offset}, {len(data)} are there')
        return data

    def _read_metadata(self) -> dict[str, str]:
        from pmtiles.reader import Reader
        stated = Reader(self._slice).metadata()
        return {str(name): str(value) for name, value in dict(stated).items()}


def _library(path: Path):
    try:
        from pmtiles import tile
    except ImportError as error:
        raise ImageryError(
            f'Reading {path} needs the pmtiles library; install it with "pip install pmtiles".'
        ) from error
    return tile
