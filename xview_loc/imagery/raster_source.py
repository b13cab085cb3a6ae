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

"""An imagery source over any raster: cache, levels, resampling and provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
import math
import os
from typing import TYPE_CHECKING

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.block import Block, BrokenTileError, halve, join
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.imagery_source import GeodeticFunction, refuse_coarse
from xview_loc.imagery.raster import Raster
from xview_loc.imagery.resample import resample, Resampled
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.imagery.scratch import scratch
from xview_loc.imagery.tile_cache import TileCache
from xview_loc.imagery.warning_log import WarningLog

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame

DECODER_THREADS = min(4, os.cpu_count() or 1)

_serial_numbers = count()


class RasterSource:
    """
    Serves patches from a :class:`Raster`.

    :param raster: the pixels and their place on the earth.
    :param cache: decoded blocks, may be shared with other sources; a new one when ``None``.
    :param warnings: where damaged blocks are counted; a new log when ``None``.
    """

    def __init__(self, raster: Raster, cache: TileCache | None = None,
                 warnings: WarningLog | None = None):
        self.raster = raster
        self.cache = TileCache() if cache is None else cache
        self._warnings = WarningLog() if warnings is None else warnings
        self._serial = next(_serial_numbers)

    @property
    def name(self) -> str:
        """Return the name of the raster."""
        return self.raster.name

    @property
    def attribution(self) -> str:
        """Return the credit line, or ''."""
        return self.raster.attribution

    @property
    def date(self) -> str:
        """Return the date of the imagery, or ''."""
        return self.raster.date

    @property
    def bounds(self) -> Bounds:
        """Return ``(west, south, east, north)`` in degrees."""
        return self.raster.bounds

    @property
    def warnings(self) -> WarningLog:
        """Return the counts of damaged blocks met so far."""
        return self._warnings

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of the finest level at a place [m]."""
        return self.raster.metres_per_pixel_at(latitude_deg, longitude_deg)

    def read_patch(self, geometry: PatchGeometry, frame: LocalFrame) -> SatellitePatch:
        """
        Cut a patch out of the raster.

        :param geometry: centre, resolution, size and rotation of the patch in ``map``.
        :param frame: the ``map`` frame on the earth.
        :return: the patch, masked where there is no imagery.
        :raises ImageryError: when the raster is coarser than 1 m per pixel there.
        """
        latitude, longitude, _ = frame.geodetic_from_map(geometry.centre_x, geometry.centre_y)
        native = self.metres_per_pixel_at(float(latitude), float(longitude))
        refuse_coarse(self.name, native)
        result = self.read_area(geometry.shape, patch_to_geodetic(geometry, frame))
        down, across = self.raster.level_scales[result.level]
        provenance = Provenance(
            source=self.name, zoom=self.raster.zoom_of_level(result.level),
            native_metres_per_pixel=native / math.sqrt(down * across),
            date=self.date, attribution=self.attribution)
        return SatellitePatch(result.image, geometry, result.valid, provenance, frame)

    def read_area(self, shape: tuple[int, int], geodetic_from_pixel: GeodeticFunction
                  ) -> Resampled:
        """
        Fill an image whose pixels lie anywhere on the earth.

        :param shape: ``(height, width)`` of the image.
        :param geodetic_from_pixel: latitudes and longitudes of its continuous pixel coordinates.
        :return: image, validity and level used; the resolution is not checked.
        """
        def source_from_target(rows, columns):
            return self.raster.pixel_from_geodetic(*geodetic_from_pixel(rows, columns))

        return resample(source_from_target, shape, self._read_window, self.raster.level_scales)

    def prefetch(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """
        Decode the blocks that a patch will need into the cache.

        :param geometry: the patch.
        :param frame: the ``map`` frame on the earth.
        """
        self.read_area(geometry.shape, patch_to_geodetic(geometry, frame))

    def close(self) -> None:
        """Close the raster."""
        self.raster.close()

    def block(self, level: int, row: int, column: int) -> Block | None:
        """
        Return a decoded block from the cache or the raster; ``None`` where there is none.

        :param level: 0 is the finest.
        :param row: block row.
        :param column: block column.
        """
        key = (self._serial, level, row, column)
        found, block = self.cache.get(key)
        if not found:
            block = self._load(level, row, column)
            self.cache.put(key, block)
        return block

    def _load(self, level: int, row: int, column: int) -> Block | None:
        try:
            block = self.raster.read_block(level, row, column)
        except BrokenTileError as error:
            self._warnings.add('broken tile', self.raster.block_name(level, row, column),
                               str(error))
            return None
        if block is not None or level == 0 or not self.raster.derives(level, row, column):
            return block
        quarters = [self.block(level - 1, 2 * row + down, 2 * column + across)
                    for down in (0, 1) for across in (0, 1)]
        joined = join(quarters, self.raster.block_size)
        return None if joined is None else halve(joined)

    def _blocks(self, level: int, places: list[tuple[int, int]]) -> list[Block | None]:
        """Return blocks, those not in memory decoded on several cores."""
        keys = [(self._serial, level, *place) for place in places]
        found = [self.cache.get(key) for key in keys]
        missing = [place for place, (known, _) in zip(places, found) if not known]
        loaded = iter(_map_on_cores(lambda place: self._load(level, *place), missing))
        blocks = [block if known else next(loaded) for known, block in found]
        for key, block, (known, _) in zip(keys, blocks, found):
            if not known:
                self.cache.put(key, block)
        return blocks

    def _read_window(self, level: int, top: int, left: int, rows: int, columns: int) -> Block:
        size = self.raster.block_size
        image = scratch('window', (rows, columns, 3))
        valid: np.ndarray | None = None
        places = [(row, column) for row in range(top // size, (top + rows - 1) // size + 1)
                  for column in range(left // size, (left + columns - 1) // size + 1)]
        for (row, column), block in zip(places, self._blocks(level, places)):
            inside, part = _overlap(row * size - top, column * size - left, size, rows, columns)
            if block is not None and block.valid is None:
                image[inside] = block.image[part]
                continue
            valid = np.ones((rows, columns), bool) if valid is None else valid
            if block is None or block.valid is None:
                image[inside], valid[inside] = 0, False
            else:
                image[inside], valid[inside] = block.image[part], block.valid[part]
        return Block(image, valid)


def patch_to_geodetic(geometry: PatchGeometry, frame: LocalFrame) -> GeodeticFunction:
    """
    Return the function from patch pixels to the earth.

    :param geometry: the patch in ``map``.
    :param frame: the ``map`` frame on the earth.
    """
    def geodetic_from_pixel(rows, columns):
        x, y = geometry.map_from_pixel(rows, columns)
        latitude, longitude, _ = frame.geodetic_from_map(x, y)
        return latitude, longitude

    return geodetic_from_pixel


def _overlap(row: int, column: int, size: int, rows: int, columns: int):
    """Return where a block at a position lies in a window, and which part of it does."""
    top, left = max(row, 0), max(column, 0)
    bottom, right = min(row + size, rows), min(column + size, columns)
    return (np.s_[top:bottom, left:right],
            np.s_[top - row:bottom - row, left - column:right - column])


@cache
def _decoders() -> ThreadPoolExecutor:
    """Return the threads that decode tiles for all sources; OpenCV and GDAL release the GIL."""
    return ThreadPoolExecutor(DECODER_THREADS, thread_name_prefix='tile_decoder')


def _map_on_cores(function: Callable, items: list) -> Iterable:
    if len(items) < 2 or DECODER_THREADS < 2:
        return map(function, items)
    return _decoders().map(function, items)
