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

"""Addresses of tiles on a server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from xview_loc.errors import ImageryError
from xview_loc.imagery.tile_store import TileIndex, TileScheme

_PLACEHOLDER = re.compile(r'\{([^{}]*)\}')


class UrlTemplate:
    """
    The address of a tile with placeholders, as servers publish it.

    ``{z}``, ``{x}``, ``{y}`` (rows from the north), ``{-y}`` (rows from the south, TMS), ``{q}``
    (quadkey), ``{TileMatrix}``, ``{TileCol}``, ``{TileRow}`` (WMTS), ``{switch:a,b,c}`` (servers
    that share the load, chosen by the place of the tile).

    :param text: an ``http`` or ``https`` address.
    :raises ImageryError: when it is no such address or does not name zoom, column and row.
    """

    def __init__(self, text: str):
        self.text = text
        parts = urlsplit(text)
        if parts.scheme not in ('http', 'https') or not parts.netloc:
            raise ImageryError(f'The URL template {text!r} must begin with http:// or https:// '
                               'and name a server.')
        names = set(_PLACEHOLDER.findall(text))
        known = {'z', 'x', 'y', '-y', 'q', 'TileMatrix', 'TileCol', 'TileRow'}
        unknown = {name for name in names - known if not name.startswith('switch:')}
        if unknown:
            raise ImageryError(f'The URL template {text!r} has the unknown placeholder '
                               f'{{{min(unknown)}}}; known are {", ".join(sorted(known))} and '
                               'switch:a,b,c.')
        if 'q' not in names and not (names & {'z', 'TileMatrix'} and names & {'x', 'TileCol'}
                                     and names & {'y', '-y', 'TileRow'}):
            raise ImageryError(f'The URL template {text!r} must name zoom, column and row, for '
                               'instance as {z}/{x}/{y}.')

    @property
    def public(self) -> str:
        """Return the template without user, password and query, which may hold a key."""
        parts = urlsplit(self.text)
        host = parts.netloc.rpartition('@')[2]
        return urlunsplit((parts.scheme, host, parts.path, '', ''))

    def url(self, tile: TileIndex) -> str:
        """
        Return the address of a tile.

        :param tile: its index, rows from the north.
        """
        values = {
            'z': str(tile.zoom), 'x': str(tile.column), 'y': str(tile.row),
            '-y': str(TileScheme.TMS.flip(tile.zoom, tile.row)), 'q': quadkey(tile),
            'TileMatrix': str(tile.zoom), 'TileCol': str(tile.column), 'TileRow': str(tile.row)}

        def fill(match: re.Match) -> str:
            name = match.group(1)
            if name.startswith('switch:'):
                servers = name.removeprefix('switch:').split(',')
                return servers[(tile.column + tile.row) % len(servers)]
            return values[name]

        return _PLACEHOLDER.sub(fill, self.text)


def quadkey(tile: TileIndex) -> str:
    """
    Return the digits of the quadrants that lead to a tile, from the world down.

    :param tile: its index, rows from the north.
    """
    return ''.join(str((tile.column >> level & 1) + 2 * (tile.row >> level & 1))
                   for level in range(tile.zoom - 1, -1, -1))
