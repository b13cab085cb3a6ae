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

"""GeoTIFF and everything else that rasterio opens with a coordinate reference system."""

from __future__ import annotations

from functools import cached_property
import math
from pathlib import Path
from threading import Lock

import numpy as np
from pyproj import CRS
from pyproj.exceptions import ProjError
from rasterio import DatasetReader
from rasterio.errors import RasterioError
from rasterio.windows import Window

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block, BrokenTileError
from xview_loc.imagery.bounds import Bounds, bounds_of, centre_of
from xview_loc.imagery.ground_resolution import ground_resolution
from xview_loc.imagery.raster_bands import Limits, RasterBands
from xview_loc.imagery.raster_handles import RasterHandles, transformer_to
from xview_loc.imagery.stretch import Stretch
from xview_loc.imagery.warning_log import WarningLog

# The datum shift of a coordinate reference system may be less accurate than this only with a
# warning [m].
DATUM_ACCURACY_M = 1.0

_WORLD_M = 2.0 * math.pi * 6_378_137.0


class GeoTiffRaster:
    """
    A georeferenced raster file as a :class:`~xview_loc.imagery.raster.Raster`.

    Bands, palette and masks are as in :class:`~xview_loc.imagery.raster_bands.RasterBands`;
    values other than 8 bit are stretched. Levels of resolution are the file's overviews, then
    averages of these.

    :param path: the file.
    :param stretch: how values become 8 bit; the default one for all but 8 bit when ``None``.
    :param warnings: where doubts about the georeference are counted.
    :param handles: open files, to share between rasters.
    :raises ImageryError: when it cannot be opened or has no usable place on the earth.
    """

    def __init__(self, path: str | Path, stretch: Stretch | None = None,
                 warnings: WarningLog | None = None, handles: RasterHandles | None = None):
        self.path = Path(path)
        self._handles = RasterHandles() if handles is None else handles
        self._owns_handles = handles is None
        self._stretch = stretch
        self._limits: Limits | None = None
        self._lock = Lock()
        try:
            dataset = self._handles.dataset(self.path)
            self._place(dataset, WarningLog() if warnings is None else warnings)
            self.bands = RasterBands(dataset)
        except (RasterioError, ProjError) as error:
            self.close()
            raise ImageryError(f'The raster {self.path} cannot be used: {error}.') from error
        except ImageryError:
            self.close()
            raise

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.path.name

    @property
    def stretch_limits(self) -> Limits | None:
        """Return the values that become 0 and 255, per band used; ``None`` for 8 bit as is."""
        if self._stretch is None and not self.bands.needs_stretch:
            return None
        with self._lock:
            if self._limits is None:
                self._limits = self.bands.measure(self._handles.dataset(self.path),
                                                  self._stretch or Stretch())
        return self._limits

    def use_limits(self, limits: Limits) -> None:
        """Stretch by these values from now on, so that the files of a mosaic agree."""
        with self._lock:
            self._limits = limits

    @cached_property
    def level_scales(self) -> list[tuple[float, float]]:
        """Return rows and columns of each level per row and column of level 0."""
        scales = [(rows / self.shape[0], columns / self.shape[1])
                  for rows, columns in self._stored_shapes]
        while max(self.shape) * max(scales[-1]) > self.block_size:
            scales.append((0.5 * scales[-1][0], 0.5 * scales[-1][1]))
        return scales

    def zoom_of_level(self, level: int) -> None:
        """Return ``None``: a raster file does not number its levels."""

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of the file at a place [m]."""
        here = ground_resolution(self.pixel_from_geodetic, latitude_deg, longitude_deg)
        return here if math.isfinite(here) else ground_resolution(self.pixel_from_geodetic,
                                                                  *centre_of(self.bounds))

    def pixel_from_geodetic(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray
                            ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of places, not finite where the projection ends."""
        x, y = transformer_to(self._wkt).transform(longitude_deg, latitude_deg)
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if self._period is not None:
            x = x - self._period * np.round((x - self._middle_x) / self._period)
        a, b, c, d, e, f = tuple(~self.transform)[:6]
        return d * x + e * y + f, a * x + b * y + c

    def read_block(self, level: int, row: int, column: int) -> Block | None:
        """
        Decode one block.

        :return: the block, or ``None`` outside the raster and where all of it is no-data.
        :raises BrokenTileError: when the file is damaged there.
        """
        if level >= len(self._stored_shapes):
            return None
        side = self.block_size
        return self.read_window(level, row * side, column * side, side, side)

    def read_window(self, level: int, top: int, left: int, rows: int, columns: int
                    ) -> Block | None:
        """
        Read pixels of the file or of an overview; what lies outside is not valid.

        :param level: 0, or one more than the index of an overview.
        :param top: first row, may be negative.
        :param left: first column, may be negative.
        :param rows: number of rows.
        :param columns: number of columns.
        :return: the pixels, or ``None`` where none is valid.
        :raises BrokenTileError: when the file is damaged there.
        """
        height, width = self._stored_shapes[level]
        row, column = np.clip([top, top + rows], 0, height), np.clip([left, left + columns],
                                                                     0, width)
        size = (int(row[1] - row[0]), int(column[1] - column[0]))
        if min(size) < 1:
            return None
        dataset = self._handles.dataset(self.path, None if level == 0 else level - 1)
        try:
            block = self.bands.read(dataset, Window(int(column[0]), int(row[0]), size[1], size[0]),
                                    self.stretch_limits)
        except RasterioError as error:
            raise BrokenTileError(f'{self.name} cannot be read there: {error}') from error
        if block.valid is not None and not block.valid.any():
            return None
        if size == (rows, columns):
            return block
        image, valid = np.zeros((rows, columns, 3), np.uint8), np.zeros((rows, columns), bool)
        place = np.s_[row[0] - top:row[1] - top, column[0] - left:column[1] - left]
        image[place] = block.image
        valid[place] = True if block.valid is None else block.valid
        return Block(image, valid)

    def derives(self, level: int, row: int, column: int) -> bool:
        """Tell whether a block is made from finer ones: beyond the overviews it is."""
        down, across = self.level_scales[level]
        return (level >= len(self._stored_shapes) and row >= 0 and column >= 0
                and row * self.block_size < self.shape[0] * down
                and column * self.block_size < self.shape[1] * across)

    def block_name(self, level: int, row: int, column: int) -> str:
        """Return the file, the level and the first pixel of a block."""
        return (f'{self.name} level {level} row {row * self.block_size} '
                f'column {column * self.block_size}')

    def close(self) -> None:
        """Close the file, unless its handles are shared."""
        if self._owns_handles:
            self._handles.close()

    @cached_property
    def _stored_shapes(self) -> list[tuple[int, int]]:
        """Return the sizes of the file and its overviews; indices of a palette have no average."""
        shapes = [self.shape]
        if self.bands.palette is None:
            count = len(self._handles.dataset(self.path).overviews(1))
            shapes += [self._handles.dataset(self.path, index).shape for index in range(count)]
        return shapes

    def _place(self, dataset: DatasetReader, warnings: WarningLog) -> None:
        if dataset.crs is None:
            raise ImageryError(f'The raster {self.path} has no coordinate reference system; add '
                               'one with gdal_edit or gdal_translate -a_srs.')
        if dataset.transform.is_identity or dataset.transform.determinant == 0.0:
            raise ImageryError(f'The raster {self.path} has no usable geotransform; warp it with '
                               'gdalwarp first.')
        self.crs = CRS.from_wkt(dataset.crs.to_wkt())
        self._wkt = self.crs.to_wkt()
        self.shape = dataset.shape
        self.transform = dataset.transform
        self.overview_factors = dataset.overviews(1)
        self._period = (360.0 if self.crs.is_geographic
                        else _WORLD_M if self.crs.to_epsg() == 3857 else None)
        self._middle_x = self._map_from_pixel(self.shape[0] / 2, self.shape[1] / 2)[0]
        tiled = dataset.block_shapes[0]
        self.block_size = min(1024, max(256, tiled[0])) if tiled[0] == tiled[1] else 512
        self.bounds = self._bounds()
        self.date = dataset.tags(ns='IMAGERY').get('ACQUISITIONDATETIME', '')
        self.attribution = dataset.tags().get('TIFFTAG_COPYRIGHT', '')
        accuracy = transformer_to(self._wkt).accuracy
        if accuracy > DATUM_ACCURACY_M:
            warnings.add('inaccurate datum shift', self.name,
                         f'{self.crs.name} is placed to {accuracy:g} m only; install the PROJ '
                         'grids of that country')

    def _bounds(self) -> Bounds:
        edge = np.linspace(0.0, 1.0, 17)
        columns = self.shape[1] * np.concatenate([edge, edge, 0.0 * edge, 0.0 * edge + 1.0])
        rows = self.shape[0] * np.concatenate([0.0 * edge, 0.0 * edge + 1.0, edge, edge])
        longitude, latitude = transformer_to(self._wkt).transform(
            *self._map_from_pixel(rows, columns), direction='INVERSE')
        if not np.isfinite([longitude, latitude]).all():
            raise ImageryError(f'The raster {self.path} reaches beyond the domain of its '
                               f'coordinate reference system {self.crs.name}.')
        return bounds_of(latitude, longitude)

    def _map_from_pixel(self, rows, columns):
        a, b, c, d, e, f = tuple(self.transform)[:6]
        return a * columns + b * rows + c, d * columns + e * rows + f
