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

"""Tiles in one SQLite file: writing MBTiles 1.3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import sqlite3
from types import TracebackType

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.bounds import Bounds, centre_of
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.mbtiles import tile_extent
from xview_loc.imagery.plain_image import PlainImage
from xview_loc.imagery.tile_codec import encode_tile, MIME_TYPES
from xview_loc.imagery.tile_grid import bounds_of_tiles, finest_zoom_for
from xview_loc.imagery.tile_rendering import render_pyramid
from xview_loc.imagery.tile_store import TileIndex, TileScheme

# (tiles done, tiles in all), called now and then.
Progress = Callable[[int, int], None]

TILES_PER_COMMIT = 1000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS metadata (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS tiles (
    zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
CREATE UNIQUE INDEX IF NOT EXISTS tile_index
    ON tiles (zoom_level, tile_column, tile_row);
"""


class MBTilesWriter:
    """
    Writes an MBTiles file; use it as a context manager.

    Tiles that are partly empty are written as png with transparency even in a jpg file, because
    jpg cannot say where there is no imagery; readers tell the format tile by tile.

    :param path: the file to make.
    :param name: name of the imagery.
    :param attribution: credit line that users of the imagery must show.
    :param date: date of the imagery.
    :param image_format: ``'png'``, ``'jpg'`` or ``'webp'``.
    :param quality: 1 to 100 for jpg and webp; above 100 webp is lossless.
    :param tile_size: side of a tile [px].
    :param resume: go on with a file that exists instead of refusing it.
    :raises ImageryError: when the file exists or cannot be made.
    """

    def __init__(self, path: str | Path, *, name: str = '', attribution: str = '', date: str = '',
                 image_format: str = 'png', quality: int = 90, tile_size: int = 256,
                 resume: bool = False):
        if image_format not in MIME_TYPES:
            raise ImageryError(
                f'The tile format {image_format!r} is not known; use png, jpg or webp.')
        self.path = Path(path)
        if self.path.exists() and not resume:
            raise ImageryError(f'The tile file {self.path} exists already; remove it first.')
        self.image_format = image_format
        self.tile_size = tile_size
        self._quality = quality
        self._uncommitted = 0
        try:
            self._connection = sqlite3.connect(self.path)
            self._connection.execute('PRAGMA synchronous = NORMAL')
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise ImageryError(f'The tile file {self.path} cannot be written: {error}.') from error
        self.set_metadata({'name': name or self.path.stem, 'format': image_format,
                           'type': 'baselayer', 'version': '1.0', 'attribution': attribution,
                           'date': date})

    def __enter__(self) -> MBTilesWriter:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Keep what was written, also after an error."""
        self.close()

    def set_metadata(self, values: dict[str, str]) -> None:
        """
        Set entries of the metadata table.

        :param values: names and values; what is there under a name is replaced.
        """
        self._connection.executemany('INSERT OR REPLACE INTO metadata VALUES (?, ?)',
                                     list(values.items()))
        self._connection.commit()

    def put(self, tile: TileIndex, data: bytes) -> None:
        """
        Store a compressed tile; one that is there is replaced.

        :param tile: its index, rows from the north.
        :param data: png, jpg or webp.
        """
        self._connection.execute(
            'INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?)',
            (tile.zoom, tile.column, TileScheme.TMS.flip(tile.zoom, tile.row), data))
        self._uncommitted += 1
        if self._uncommitted >= TILES_PER_COMMIT:
            self.commit()

    def put_image(self, tile: TileIndex, image: np.ndarray,
                  valid: np.ndarray | None = None) -> None:
        """
        Compress and store a tile.

        :param tile: its index, rows from the north.
        :param image: ``(tile_size, tile_size, 3)`` uint8 RGB.
        :param valid: ``(tile_size, tile_size)`` bool; everywhere when ``None``.
        """
        partly = valid is not None and not valid.all()
        kind = 'png' if partly and self.image_format == 'jpg' else self.image_format
        self.put(tile, encode_tile(image, valid, kind, self._quality))

    def has(self, tile: TileIndex) -> bool:
        """Tell whether a tile is stored."""
        found = self._connection.execute(
            'SELECT 1 FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?',
            (tile.zoom, tile.column, TileScheme.TMS.flip(tile.zoom, tile.row)))
        return found.fetchone() is not None

    def write_image(self, image: np.ndarray, geometry: PatchGeometry, frame: LocalFrame, *,
                    valid: np.ndarray | None = None, finest_zoom: int | None = None,
                    coarsest_zoom: int | None = None, progress: Progress | None = None) -> int:
        """
        Cut an image into a pyramid of tiles.

        :param image: ``(H, W, 3)`` uint8 RGB.
        :param geometry: its place in ``map``.
        :param frame: the ``map`` frame on the earth.
        :param valid: ``(H, W)`` bool; everywhere when ``None``.
        :param finest_zoom: the first zoom as fine as the image when ``None``.
        :param coarsest_zoom: three levels coarser than the finest when ``None``.
        :param progress: called with the tiles done and in all, of the finest zoom.
        :return: number of tiles written.
        """
        source = PlainImage(image, geometry, valid=valid, frame=frame)
        if finest_zoom is None:
            finest_zoom = finest_zoom_for(geometry.metres_per_pixel, source.bounds,
                                          self.tile_size)
        return self.write_source(source, source.bounds, finest_zoom=finest_zoom,
                                 coarsest_zoom=coarsest_zoom, progress=progress)

    def write_source(self, source: ImagerySource, bounds: Bounds, *, finest_zoom: int,
                     coarsest_zoom: int | None = None, progress: Progress | None = None) -> int:
        """
        Render a pyramid of tiles from any imagery.

        :param source: where the pixels come from.
        :param bounds: the area, in degrees.
        :param finest_zoom: zoom to render at.
        :param coarsest_zoom: averaged down to this one; three levels when ``None``.
        :param progress: called with the tiles done and in all, of the finest zoom.
        :return: number of tiles written.
        """
        if coarsest_zoom is None:
            coarsest_zoom = max(0, finest_zoom - 3)
        return render_pyramid(source, bounds, self, finest_zoom=finest_zoom,
                              coarsest_zoom=coarsest_zoom, progress=progress)

    def execute(self, statement: str, *values) -> list[tuple]:
        """Run a statement of a program that keeps its own tables in the file."""
        return self._connection.execute(statement, values).fetchall()

    def commit(self) -> None:
        """Make sure that what was written survives an interruption."""
        self._connection.commit()
        self._uncommitted = 0

    def close(self) -> None:
        """Write bounds and zoom range into the metadata and close the file."""
        self.commit()
        zooms = self._connection.execute(
            'SELECT min(zoom_level), max(zoom_level) FROM tiles').fetchone()
        if zooms[0] is not None:
            self.set_metadata({'minzoom': str(zooms[0]), 'maxzoom': str(zooms[1]),
                               **self._place(zooms[1])})
        self._connection.close()

    def _place(self, zoom: int) -> dict[str, str]:
        bounds = bounds_of_tiles(zoom, *tile_extent(self.execute, zoom))
        latitude, longitude = centre_of(bounds)
        return {'bounds': ','.join(f'{side:.9f}' for side in bounds),
                'center': f'{longitude:.9f},{latitude:.9f},{zoom}'}
