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

"""Making an offline pack that survives interruption."""

from __future__ import annotations

import json
import os
from pathlib import Path
import sqlite3

from xview_loc.errors import ImageryError
from xview_loc.geometry.web_mercator import metres_per_pixel
from xview_loc.imagery.bounds import centre_of
from xview_loc.imagery.mbtiles import MBTilesStore
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.imagery.pack_manifest import MANIFEST_KEY, PackManifest, tile_checksum
from xview_loc.imagery.tile_grid import bounds_of_tiles
from xview_loc.imagery.tile_pyramid import TilePyramid
from xview_loc.imagery.tile_store import TileIndex

_JOB_KEY = 'xview_loc_job'


class PackBuilder:
    """
    Collects tiles in ``NAME.part`` and turns it into the pack when all are there.

    :param path: the pack to make.
    :param job: what the pack is made of; an unfinished file is gone on with only for the same.
    :param image_format: ``'png'``, ``'jpg'`` or ``'webp'``, of tiles that are rendered.
    :param quality: as in :class:`MBTilesWriter`.
    :param tile_size: side of the tiles that are rendered [px].
    :raises ImageryError: when the pack exists or an unfinished one was made of something else.
    """

    def __init__(self, path: str | Path, job: dict, *, image_format: str = 'jpg',
                 quality: int = 90, tile_size: int = 256):
        self.path = Path(path)
        self.part = self.path.with_name(self.path.name + '.part')
        if self.path.exists():
            raise ImageryError(f'The pack {self.path} exists already; remove it first.')
        text = json.dumps(job, sort_keys=True)
        self._check_job(text)
        self.resumed = self.part.exists()
        self.writer = MBTilesWriter(self.part, image_format=image_format, quality=quality,
                                    tile_size=tile_size, resume=True)
        self.writer.set_metadata({_JOB_KEY: text})
        self.writer.execute('CREATE TABLE IF NOT EXISTS absent (zoom INTEGER, tile_column INTEGER,'
                            ' tile_row INTEGER, broken INTEGER,'
                            ' PRIMARY KEY (zoom, tile_column, tile_row))')

    def done(self) -> set[TileIndex]:
        """Return the tiles that are stored or known to be absent."""
        stored = self.writer.execute(
            'SELECT zoom_level, tile_column, (1 << zoom_level) - 1 - tile_row FROM tiles')
        absent = self.writer.execute('SELECT zoom, tile_column, tile_row FROM absent')
        return {TileIndex(*row) for rows in (stored, absent) for row in rows}

    def put_absent(self, tile: TileIndex, broken: bool = False) -> None:
        """
        Remember that the source does not have a tile, so that it is not asked again.

        :param tile: its index.
        :param broken: it is there but damaged.
        """
        self.writer.execute('INSERT OR REPLACE INTO absent VALUES (?, ?, ?, ?)',
                            tile.zoom, tile.column, tile.row, int(broken))

    def keep(self) -> None:
        """Close the unfinished file so that it can be gone on with, unless it is empty."""
        empty = not self.done()
        self.writer.close()
        if empty:
            self.part.unlink()

    def finish(self, *, name: str, source: str, licence: str = '', attribution: str = '',
               date: str = '') -> PackManifest:
        """
        Write the manifest and put the pack in its place.

        :param name: name of the imagery; the file's own when empty.
        :param source: where the tiles came from.
        :param licence: licence of the imagery.
        :param attribution: credit line.
        :param date: date of the imagery.
        :raises ImageryError: when there is not a single tile.
        """
        absent = self.writer.execute('SELECT broken FROM absent')
        broken = sum(row[0] for row in absent)
        name = name or self.path.stem
        self.writer.set_metadata({'name': name, 'attribution': attribution, 'date': date})
        self.writer.close()
        store = MBTilesStore(self.part)
        try:
            manifest = _describe(store, name=name, source=source, licence=licence,
                                 attribution=attribution, date=date, broken=broken,
                                 missing=len(absent) - broken)
        finally:
            store.close()
        connection = sqlite3.connect(self.part)
        with connection:
            connection.execute('DROP TABLE absent')
            connection.execute('DELETE FROM metadata WHERE name = ?', (_JOB_KEY,))
            connection.execute('INSERT OR REPLACE INTO metadata VALUES (?, ?)',
                               (MANIFEST_KEY, manifest.to_json()))
        connection.close()
        os.replace(self.part, self.path)
        return manifest

    def _check_job(self, text: str) -> None:
        if not self.part.exists():
            return
        try:
            connection = sqlite3.connect(self.part)
            found = connection.execute('SELECT value FROM metadata WHERE name = ?',
                                       (_JOB_KEY,)).fetchone()
            connection.close()
        except sqlite3.Error as error:
            raise ImageryError(f'The unfinished pack {self.part} cannot be read ({error}); '
                               'remove it to begin anew.') from error
        if found is not None and found[0] != text:
            raise ImageryError(f'The unfinished pack {self.part} was made of {found[0]}, not of '
                               f'{text}; finish that or remove it.')


def _describe(store: MBTilesStore, **known) -> PackManifest:
    pyramid = TilePyramid(store)
    zooms = store.zooms()
    bounds = bounds_of_tiles(zooms[-1], *store.extent(zooms[-1]))
    tiles, checksum = tile_checksum(store)
    return PackManifest(bounds=bounds, coarsest_zoom=zooms[0], finest_zoom=zooms[-1], tiles=tiles,
                        checksum=checksum, metres_per_pixel=round(float(metres_per_pixel(
                            centre_of(bounds)[0], zooms[-1], pyramid.block_size)), 6), **known)
