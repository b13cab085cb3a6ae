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

"""Tiles as files in folders."""

from __future__ import annotations

from collections.abc import Iterator
import json
import os
from pathlib import Path

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import BrokenTileError
from xview_loc.imagery.tile_store import column_span, TileIndex, TileScheme

EXTENSIONS = ('.png', '.jpg', '.jpeg', '.webp')


class XyzTree:
    """
    A folder ``zoom/column/row.png`` (or jpg, webp), in any :class:`TileScheme`.

    A ``metadata.json`` beside the zoom folders is read as name, attribution, date and scheme; a
    ``tilemapresource.xml`` marks the scheme as TMS.

    :param folder: the folder with the zoom folders.
    :param scheme: how rows are counted; as the folder says, else XYZ, when ``None``.
    :raises ImageryError: when there are no tiles.
    """

    def __init__(self, folder: str | Path, scheme: TileScheme | None = None):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise ImageryError(f'The tile folder {self.folder} does not exist.')
        self.metadata = _read_metadata(self.folder)
        self.scheme = self._stated_scheme() if scheme is None else scheme
        self._zooms = [zoom for zoom in _numbers(self.folder) if self._has_tiles(zoom)]
        if not self._zooms:
            raise ImageryError(f'The folder {self.folder} holds no tiles; they must lie in '
                               'zoom/column/row.png, .jpg or .webp.')

    @property
    def name(self) -> str:
        """Return the name of the folder."""
        return self.folder.name

    def zooms(self) -> list[int]:
        """Return the zoom levels that hold tiles, ascending."""
        return list(self._zooms)

    def extent(self, zoom: int) -> tuple[int, int, int, int]:
        """Return the first column, first row, last column and last row of a zoom level."""
        tiles = list(self.tiles(zoom))
        columns, rows = {tile.column for tile in tiles}, [tile.row for tile in tiles]
        half = 2 ** zoom // 2
        first, last = column_span(
            zoom, min(columns), max(columns),
            max((column for column in columns if column < half), default=None),
            min((column for column in columns if column >= half), default=None))
        return first, min(rows), last, max(rows)

    def tiles(self, zoom: int) -> Iterator[TileIndex]:
        """Go through the tiles of a zoom level by folder and file name."""
        level = self.folder / str(zoom)
        for outer in _numbers(level):
            names = (os.path.splitext(entry) for entry in os.listdir(level / str(outer)))
            for inner in sorted({int(stem) for stem, extension in names
                                 if stem.isdecimal() and extension.lower() in EXTENSIONS}):
                column, row = ((inner, outer) if self.scheme is TileScheme.WMTS
                               else (outer, inner))
                yield TileIndex(zoom, column, self.scheme.flip(zoom, row))

    def get(self, tile: TileIndex) -> bytes | None:
        """
        Return a compressed tile, or ``None`` where there is none.

        :raises BrokenTileError: when the file cannot be read.
        """
        row = self.scheme.flip(tile.zoom, tile.row)
        outer, inner = ((row, tile.column) if self.scheme is TileScheme.WMTS
                        else (tile.column, row))
        stem = f'{self.folder}/{tile.zoom}/{outer}/{inner}'
        for extension in EXTENSIONS:
            try:
                with open(stem + extension, 'rb') as file:
                    return file.read()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise BrokenTileError(f'{stem}{extension} cannot be read: {error}') from error
        return None

    def close(self) -> None:
        """Do nothing: files are opened one at a time."""

    def _stated_scheme(self) -> TileScheme:
        if (self.folder / 'tilemapresource.xml').exists():
            return TileScheme.TMS
        stated = str(self.metadata.get('scheme', 'xyz')).lower()
        try:
            return TileScheme(stated)
        except ValueError:
            raise ImageryError(f'The scheme {stated!r} in {self.folder}/metadata.json is not '
                               'known; use xyz, tms or wmts.') from None

    def _has_tiles(self, zoom: int) -> bool:
        return zoom <= 24 and next(self.tiles(zoom), None) is not None


def _numbers(folder: Path) -> list[int]:
    """Return the sub-folders whose names are numbers, ascending."""
    return sorted(int(entry.name) for entry in os.scandir(folder)
                  if entry.name.isdecimal() and entry.is_dir())


def _read_metadata(folder: Path) -> dict[str, str]:
    path = folder / 'metadata.json'
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise ImageryError(f'The file {path} cannot be read: {error}.') from error
    if not isinstance(content, dict):
        raise ImageryError(f'The file {path} must hold one JSON object.')
    return {str(name): str(value) for name, value in content.items()}
