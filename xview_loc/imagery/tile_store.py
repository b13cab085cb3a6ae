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

"""Where compressed map tiles are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

from xview_loc.errors import ImageryError


@unique
class TileScheme(Enum):
    """
    How tiles are counted and nested in folders.

    ``XYZ`` counts rows from the north, folders are zoom, column, row. ``TMS`` counts rows from
    the south (also inside MBTiles). ``WMTS`` counts rows from the north, folders are zoom, row,
    column.
    """

    XYZ = 'xyz'
    TMS = 'tms'
    WMTS = 'wmts'

    def flip(self, zoom: int, row: int) -> int:
        """Convert a row of this scheme to one counted from the north, or back."""
        return 2 ** zoom - 1 - row if self is TileScheme.TMS else row


@dataclass(frozen=True, order=True, slots=True)
class TileIndex:
    """
    A tile of the Web-Mercator pyramid (EPSG:3857).

    :param zoom: level; the world is ``2 ** zoom`` tiles wide.
    :param column: from the antimeridian to the east.
    :param row: from the north.
    """

    zoom: int
    column: int
    row: int


class TileStore(Protocol):
    """Compressed tiles by their index; reading is safe from several threads."""

    @property
    def name(self) -> str:
        """Return a short name."""

    @property
    def metadata(self) -> dict[str, str]:
        """Return what the store says about itself, keys as in the MBTiles specification."""

    def zooms(self) -> list[int]:
        """Return the zoom levels that hold tiles, ascending."""

    def extent(self, zoom: int) -> tuple[int, int, int, int]:
        """
        Return the first column, first row, last column and last row of a zoom level.

        Across the antimeridian the last column goes on beyond the width of the world.
        """

    def tiles(self, zoom: int) -> Iterator[TileIndex]:
        """Go through the tiles of a zoom level in a fixed order."""

    def get(self, tile: TileIndex) -> bytes | None:
        """
        Return a compressed tile, or ``None`` where there is none.

        :raises BrokenTileError: when it is there but cannot be read.
        """

    def close(self) -> None:
        """Give files and connections back."""


def column_span(zoom: int, first: int, last: int, west_end: int | None,
                east_start: int | None) -> tuple[int, int]:
    """
    Return the first and last column, going on across the antimeridian where tiles do.

    :param zoom: level.
    :param first: smallest column.
    :param last: largest column.
    :param west_end: largest column of the western hemisphere, or ``None``.
    :param east_start: smallest column of the eastern hemisphere, or ``None``.
    """
    world = 2 ** zoom
    touches = first == 0 and last == world - 1
    if touches and west_end is not None and east_start is not None and east_start > west_end + 1:
        return east_start, west_end + world
    return first, last


def check_zoom(zoom: int) -> int:
    """
    Return the zoom level.

    :raises ImageryError: when it is outside 0 to 24.
    """
    if not 0 <= zoom <= 24:
        raise ImageryError(f'Zoom {zoom} is not allowed; it must be between 0 and 24.')
    return int(zoom)
