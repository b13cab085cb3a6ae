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

"""Tiles in one SQLite file: reading MBTiles 1.3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
import sqlite3
from threading import local, Lock

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import BrokenTileError
from xview_loc.imagery.tile_store import column_span, TileIndex, TileScheme

_TILE_QUERY = ('SELECT tile_data FROM tiles '
               'WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?')


class MBTilesStore:
    """
    An MBTiles file opened for reading, with one connection per thread.

    :param path: the file; it must not be written to meanwhile.
    :raises ImageryError: when it is missing, no SQLite file, or holds no raster tiles.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not self.path.is_file():
            raise ImageryError(f'The tile file {self.path} does not exist.')
        self._thread = local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False
        try:
            self.metadata = self._read_metadata()
            self._zooms = [row[0] for row in self._query(
                'SELECT DISTINCT zoom_level FROM tiles ORDER BY zoom_level')]
        except sqlite3.Error as error:
            self.close()
            raise ImageryError(
                f'The file {self.path} cannot be read as MBTiles: {error}.') from error
        if not self._zooms or self.metadata.get('format') == 'pbf':
            self.close()
            raise ImageryError(f'The tile file {self.path} holds no raster tiles.')

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.path.name

    def zooms(self) -> list[int]:
        """Return the zoom levels that hold tiles, ascending."""
        return list(self._zooms)

    def extent(self, zoom: int) -> tuple[int, int, int, int]:
        """Return the first column, first row, last column and last row of a zoom level."""
        return tile_extent(self._query, zoom)

    def tiles(self, zoom: int) -> Iterator[TileIndex]:
        """Go through the tiles of a zoom level by column and row."""
        cursor = self._connection().execute(
            'SELECT tile_column, tile_row FROM tiles WHERE zoom_level = ? '
            'ORDER BY tile_column, tile_row DESC', (zoom,))
        for column, row in cursor:
            yield TileIndex(zoom, column, TileScheme.TMS.flip(zoom, row))

    def get(self, tile: TileIndex) -> bytes | None:
        """
        Return a compressed tile, or ``None`` where there is none.

        :raises BrokenTileError: when the database is damaged there.
        """
        row = TileScheme.TMS.flip(tile.zoom, tile.row)
        try:
            found = self._connection().execute(
                _TILE_QUERY, (tile.zoom, tile.column, row)).fetchone()
        except sqlite3.DatabaseError as error:
            raise BrokenTileError(f'{self.name} is damaged: {error}') from error
        if found is None or found[0] is None:
            return None
        if not isinstance(found[0], bytes):
            raise BrokenTileError(f'a tile of {self.name} is no binary data')
        return found[0]

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            self._closed = True
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def _query(self, statement: str, *values) -> list[tuple]:
        return self._connection().execute(statement, values).fetchall()

    def _read_metadata(self) -> dict[str, str]:
        return {str(name): str(value)
                for name, value in self._query('SELECT name, value FROM metadata')}

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._thread, 'connection', None)
        if connection is None or self._closed:
            with self._lock:
                if self._closed:
                    raise ImageryError(f'The tile file {self.path} is closed.')
                # Immutable: no locks and no look at the journal, and the folder may be read-only.
                connection = sqlite3.connect(f'{self.path.resolve().as_uri()}?immutable=1',
                                             uri=True, check_same_thread=False)
                self._connections.append(connection)
            self._thread.connection = connection
        return connection


def tile_extent(query: Callable[..., list[tuple]], zoom: int) -> tuple[int, int, int, int]:
    """
    Return the first column, first row, last column and last row of a zoom level.

    :param query: runs a statement with values on an MBTiles file and returns all rows.
    :param zoom: level.
    """
    half = 2 ** zoom // 2
    first, last, south, north, west_end, east_start = query(
        'SELECT min(tile_column), max(tile_column), min(tile_row), max(tile_row), '
        'max(CASE WHEN tile_column < ? THEN tile_column END), '
        'min(CASE WHEN tile_column >= ? THEN tile_column END) '
        'FROM tiles WHERE zoom_level = ?', half, half, zoom)[0]
    flip = TileScheme.TMS.flip
    first, last = column_span(zoom, first, last, west_end, east_start)
    return first, flip(zoom, north), last, flip(zoom, south)
