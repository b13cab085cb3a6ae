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

import math
import os
from pathlib import Path
from threading import local, Lock

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block, BrokenTileError
from xview_loc.imagery.bounds import Bounds, bounds_of
from xview_loc.imagery.ground_resolution import ground_resolution
from xview_loc.imagery.stretch import apply_stretch, Stretch
from xview_loc.imagery.warning_log import WarningLog

# GDAL keeps raw blocks besides our decoded ones; by itself it would take 5 percent of the memory.
GDAL_CACHE_BYTES = 32 * 2 ** 20

# The datum shift of a coordinate reference system may be less accurate than this only with a
# warning [m].
DATUM_ACCURACY_M = 1.0

_WORLD_M = 2.0 * math.pi * 6_378_137.0


class GeoTiffRaster:
    """
    A georeferenced raster file as a :class:`~xview_loc.imagery.raster.Raster`.

    Colours: the bands marked red, green and blue, else the first three, else the first as grey;
    a palette is applied. Values other than 8 bit are stretched. No-data values, internal masks,
    alpha bands and NaN become the validity mask. Levels of resolution are the file's overviews,
    then averages of these.

    :param path: the file.
    :param stretch: how values become 8 bit; the default one for all but 8 bit when ``None``.
    :param warnings: where doubts about the georeference are counted.
    :raises ImageryError: when it cannot be opened or has no usable place on the earth.
    """

    def __init__(self, path: str | Path, stretch: Stretch | None = None,
                 warnings: WarningLog | None = None):
        self.path = Path(path)
        self._thread = local()
        self._lock = Lock()
        self._datasets: list[rasterio.DatasetReader] = []
        self._closed = False
        if 'GDAL_CACHEMAX' not in os.environ:
            rasterio.env.set_gdal_config('GDAL_CACHEMAX', GDAL_CACHE_BYTES)
        dataset = self._dataset()
        try:
            self._place(dataset, WarningLog() if warnings is None else warnings)
            self._choose_bands(dataset)
            self._find_levels(dataset)
            self._limits = self._measure_limits(dataset, stretch)
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
    def stretch_limits(self) -> tuple[tuple[float, float], ...] | None:
        """Return the values that become 0 and 255, per band used; ``None`` for 8 bit as is."""
        return self._limits

    def zoom_of_level(self, level: int) -> None:
        """Return ``None``: a raster file does not number its levels."""

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the ground resolution of the file at a place [m]."""
        here = ground_resolution(self.pixel_from_geodetic, latitude_deg, longitude_deg)
        if math.isfinite(here):
            return here
        west, south, east, north = self.bounds
        return ground_resolution(self.pixel_from_geodetic, 0.5 * (south + north), west)

    def pixel_from_geodetic(self, latitude_deg: np.ndarray, longitude_deg: np.ndarray
                            ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of places, not finite where the projection ends."""
        x, y = self._transformer().transform(longitude_deg, latitude_deg)
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if self._period is not None:
            x = x - self._period * np.round((x - self._middle_x) / self._period)
        a, b, c, d, e, f = self._pixel_from_map
        return d * x + e * y + f, a * x + b * y + c

    def read_block(self, level: int, row: int, column: int) -> Block | None:
        """
        Decode one block.

        :return: the block, or ``None`` outside the raster and where all of it is no-data.
        :raises BrokenTileError: when the file is damaged there.
        """
        if level >= len(self._stored_shapes):
            return None
        window = self._window(level, row, column)
        if window is None:
            return None
        try:
            return self._read(self._dataset(level), window)
        except RasterioError as error:
            raise BrokenTileError(f'{self.name} cannot be read there: {error}') from error

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
        """Close the handles of all threads."""
        with self._lock:
            self._closed = True
            for dataset in self._datasets:
                dataset.close()
            self._datasets.clear()

    def _dataset(self, level: int = 0) -> rasterio.DatasetReader:
        opened = self._thread.__dict__.setdefault('datasets', {})
        if level not in opened or self._closed:
            with self._lock:
                if self._closed:
                    raise ImageryError(f'The raster {self.path} is closed.')
                options = {} if level == 0 else {'overview_level': level - 1}
                try:
                    opened[level] = rasterio.open(self.path, **options)
                except RasterioError as error:
                    raise ImageryError(
                        f'The raster {self.path} cannot be opened: {error}.') from error
                self._datasets.append(opened[level])
        return opened[level]

    def _transformer(self) -> Transformer:
        transformer = getattr(self._thread, 'transformer', None)
        if transformer is None:
            transformer = Transformer.from_crs(4326, self._crs, always_xy=True)
            self._thread.transformer = transformer
        return transformer

    def _place(self, dataset: rasterio.DatasetReader, warnings: WarningLog) -> None:
        if dataset.crs is None:
            raise ImageryError(f'The raster {self.path} has no coordinate reference system; add '
                               'one with gdal_edit or gdal_translate -a_srs.')
        if dataset.transform.is_identity or dataset.transform.determinant == 0.0:
            raise ImageryError(f'The raster {self.path} has no usable geotransform; warp it with '
                               'gdalwarp first.')
        self._crs = CRS.from_wkt(dataset.crs.to_wkt())
        self.shape = dataset.shape
        self._pixel_from_map = tuple(~dataset.transform)[:6]
        self._period = (360.0 if self._crs.is_geographic
                        else _WORLD_M if self._crs.to_epsg() == 3857 else None)
        self._middle_x = _map_from_pixel(dataset, dataset.height / 2, dataset.width / 2)[0]
        tiled = dataset.block_shapes[0]
        self.block_size = min(1024, max(256, tiled[0])) if tiled[0] == tiled[1] else 512
        self.bounds = self._bounds(dataset)
        tags = dataset.tags()
        self.date = tags.get('TIFFTAG_DATETIME', tags.get('ACQUISITIONDATETIME', ''))
        self.attribution = tags.get('TIFFTAG_COPYRIGHT', '')
        accuracy = self._transformer().accuracy
        if accuracy > DATUM_ACCURACY_M:
            warnings.add('inaccurate datum shift', self.name,
                         f'{self._crs.name} is placed to {accuracy:g} m only; install the PROJ '
                         'grids of that country')

    def _bounds(self, dataset: rasterio.DatasetReader) -> Bounds:
        edge = np.linspace(0.0, 1.0, 17)
        columns = dataset.width * np.concatenate([edge, edge, 0.0 * edge, 0.0 * edge + 1.0])
        rows = dataset.height * np.concatenate([0.0 * edge, 0.0 * edge + 1.0, edge, edge])
        x, y = _map_from_pixel(dataset, rows, columns)
        longitude, latitude = self._transformer().transform(x, y, direction='INVERSE')
        if not np.isfinite([longitude, latitude]).all():
            raise ImageryError(f'The raster {self.path} reaches beyond the domain of its '
                               f'coordinate reference system {self._crs.name}.')
        return bounds_of(latitude, longitude)

    def _choose_bands(self, dataset: rasterio.DatasetReader) -> None:
        kinds = list(dataset.colorinterp)
        colours = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
        data = [index + 1 for index, kind in enumerate(kinds) if kind is not ColorInterp.alpha]
        self._palette = None
        if not data:
            raise ImageryError(f'The raster {self.path} holds no image band.')
        if all(colour in kinds for colour in colours):
            self._bands = [kinds.index(colour) + 1 for colour in colours]
        elif kinds[0] is ColorInterp.palette:
            self._bands = [1]
            self._palette = _palette(dataset)
        else:
            self._bands = data[:3] if len(data) >= 3 else data[:1]
        self._masked = any(MaskFlags.all_valid not in dataset.mask_flag_enums[band - 1]
                           for band in self._bands)
        self._floating = np.issubdtype(np.dtype(dataset.dtypes[self._bands[0] - 1]), np.floating)

    def _measure_limits(self, dataset: rasterio.DatasetReader, stretch: Stretch | None):
        if self._palette is not None:
            return None
        if stretch is None:
            if all(dataset.dtypes[band - 1] == 'uint8' for band in self._bands):
                return None
            stretch = Stretch()
        factor = max(1.0, max(self.shape) / 1024)
        size = tuple(max(1, int(side / factor)) for side in self.shape)
        values = dataset.read(self._bands, out_shape=(len(self._bands), *size))
        valid = dataset.dataset_mask(out_shape=size) > 0
        return tuple(stretch.limits(band[valid].astype(np.float64)) for band in values)

    def _find_levels(self, dataset: rasterio.DatasetReader) -> None:
        """Use overviews as the averages they are, except of indices into a palette."""
        self._stored_shapes = [self.shape]
        if self._palette is None:
            for index in range(len(dataset.overviews(1))):
                self._stored_shapes.append(self._dataset(index + 1).shape)
        scales = [(rows / self.shape[0], columns / self.shape[1])
                  for rows, columns in self._stored_shapes]
        while max(self.shape) * max(scales[-1]) > self.block_size:
            scales.append((0.5 * scales[-1][0], 0.5 * scales[-1][1]))
        self.level_scales = scales

    def _window(self, level: int, row: int, column: int) -> Window | None:
        top, left = row * self.block_size, column * self.block_size
        rows = min(self.block_size, self._stored_shapes[level][0] - top)
        columns = min(self.block_size, self._stored_shapes[level][1] - left)
        if min(row, column) < 0 or min(rows, columns) < 1:
            return None
        return Window(left, top, columns, rows)

    def _read(self, dataset: rasterio.DatasetReader, window: Window) -> Block | None:
        values = dataset.read(self._bands, window=window)
        valid = np.ones(values.shape[1:], bool)
        if self._masked:
            valid = dataset.dataset_mask(window=window) == 255
        if self._floating:
            valid &= np.isfinite(values).all(axis=0)
        if not valid.any():
            return None
        return self._padded(self._colours(values), valid)

    def _colours(self, values: np.ndarray) -> np.ndarray:
        if self._palette is not None:
            return self._palette[values[0]]
        if self._limits is not None:
            values = np.stack([apply_stretch(band, limits)
                               for band, limits in zip(values, self._limits)])
        return np.repeat(values[0][..., None], 3, axis=2) if len(values) == 1 \
            else np.moveaxis(values, 0, 2)

    def _padded(self, image: np.ndarray, valid: np.ndarray) -> Block:
        size = (self.block_size, self.block_size)
        if image.shape[:2] == size:
            return Block(np.ascontiguousarray(image), None if valid.all() else valid)
        whole, inside = np.zeros((*size, 3), np.uint8), np.zeros(size, bool)
        place = np.s_[:image.shape[0], :image.shape[1]]
        whole[place], inside[place] = image, valid
        return Block(whole, inside)


def _map_from_pixel(dataset: rasterio.DatasetReader, rows, columns):
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    return a * columns + b * rows + c, d * columns + e * rows + f


def _palette(dataset: rasterio.DatasetReader) -> np.ndarray:
    """Return the colours of a palette as ``(n, 3)`` uint8, n the range of the index type."""
    colours = np.zeros((np.iinfo(dataset.dtypes[0]).max + 1, 3), np.uint8)
    for index, colour in dataset.colormap(1).items():
        colours[index] = colour[:3]
    return colours
