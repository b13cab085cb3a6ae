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

"""A pyramid of tiles rendered from any imagery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block, halve, join
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.tile_grid import tile_to_geodetic, TileRange, tiles_of_bounds
from xview_loc.imagery.tile_store import check_zoom, TileIndex


class TileSink(Protocol):
    """Takes the tiles of a pyramid."""

    tile_size: int

    def has(self, tile: TileIndex) -> bool:
        """Tell whether a tile is stored already."""

    def put_image(self, tile: TileIndex, image: np.ndarray, valid: np.ndarray | None) -> None:
        """Store a tile; rows are counted from the north."""


def render_pyramid(source: ImagerySource, bounds: Bounds, sink: TileSink, *, finest_zoom: int,
                   coarsest_zoom: int,
                   progress: Callable[[int, int], None] | None = None) -> int:
    """
    Render the tiles of an area at one zoom and average them down to coarser ones.

    Tiles without any imagery are left out. Memory stays at four tiles per level. Each tile is
    stored after all below it, so a tile of the coarsest zoom that is there already proves its
    part of the pyramid complete: an interrupted rendering goes on there with the same result.

    :param source: where the pixels come from.
    :param bounds: west, south, east, north in degrees.
    :param sink: where the tiles go.
    :param finest_zoom: zoom to render at.
    :param coarsest_zoom: the last zoom averaged to.
    :param progress: called with the tiles done and in all, of the finest zoom.
    :return: number of tiles written.
    :raises ImageryError: when the zooms are in the wrong order.
    """
    if check_zoom(coarsest_zoom) > check_zoom(finest_zoom):
        raise ImageryError(f'The coarsest zoom {coarsest_zoom} must not exceed the finest '
                           f'{finest_zoom}.')
    rendering = _Rendering(source, sink, tiles_of_bounds(bounds, finest_zoom), progress)
    tops = rendering.finest.parents(finest_zoom - coarsest_zoom)
    for row in range(tops.first_row, tops.last_row + 1):
        for column in range(tops.first_column, tops.last_column + 1):
            if sink.has(TileIndex(coarsest_zoom, column % 2 ** coarsest_zoom, row)):
                rendering.skip(coarsest_zoom, row, column)
            else:
                rendering.render(coarsest_zoom, row, column)
    return rendering.written


class _Rendering:

    def __init__(self, source: ImagerySource, sink: TileSink, finest: TileRange,
                 progress: Callable[[int, int], None] | None):
        self.source = source
        self.sink = sink
        self.finest = finest
        self.progress = progress
        self.done = self.written = 0

    def render(self, zoom: int, row: int, column: int) -> Block | None:
        """Render a tile and all below it, children first."""
        if not self._inside(zoom, row, column):
            return None
        tile = TileIndex(zoom, column % 2 ** zoom, row)
        block = self._draw(tile) if zoom == self.finest.zoom else self._reduce(zoom, row, column)
        if block is not None:
            self.sink.put_image(tile, block.image, block.valid)
            self.written += 1
        return block

    def skip(self, zoom: int, row: int, column: int) -> None:
        """Count the finest tiles below a tile as done."""
        levels = self.finest.zoom - zoom
        rows = range(max(row << levels, self.finest.first_row),
                     min((row + 1) << levels, self.finest.last_row + 1))
        columns = range(max(column << levels, self.finest.first_column),
                        min((column + 1) << levels, self.finest.last_column + 1))
        self._advance(len(rows) * len(columns))

    def _inside(self, zoom: int, row: int, column: int) -> bool:
        area = self.finest.parents(self.finest.zoom - zoom)
        return (area.first_row <= row <= area.last_row
                and area.first_column <= column <= area.last_column)

    def _draw(self, tile: TileIndex) -> Block | None:
        size = self.sink.tile_size
        result = self.source.read_area((size, size), tile_to_geodetic(tile, size))
        self._advance(1)
        if not result.valid.any():
            return None
        return Block(result.image, None if result.valid.all() else result.valid)

    def _advance(self, tiles: int) -> None:
        self.done += tiles
        if self.progress is not None:
            self.progress(self.done, self.finest.count)

    def _reduce(self, zoom: int, row: int, column: int) -> Block | None:
        quarters = [self.render(zoom + 1, 2 * row + down, 2 * column + across)
                    for down in (0, 1) for across in (0, 1)]
        joined = join(quarters, self.sink.tile_size)
        return None if joined is None else halve(joined)
