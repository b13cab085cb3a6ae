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

"""Open raster files, a few per thread."""

from __future__ import annotations

from collections import OrderedDict
import os
from pathlib import Path
from threading import local, Lock
import warnings

from pyproj import Transformer
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from xview_loc.errors import ImageryError

# GDAL keeps raw blocks besides our decoded ones; by itself it would take 5 percent of the memory.
GDAL_CACHE_BYTES = 32 * 2 ** 20

HANDLES_PER_THREAD = 24

_per_thread = local()


class RasterHandles:
    """
    Opens raster files on demand and keeps the ones used last.

    GDAL data sets are not safe to share between threads, so each thread has its own. A mosaic of
    thousands of files shares one of these and stays far below the limit of open files.

    :param limit: open data sets per thread; ``HANDLES_PER_THREAD`` when ``None``.
    """

    def __init__(self, limit: int | None = None):
        self._limit = HANDLES_PER_THREAD if limit is None else limit
        self._thread = local()
        self._lock = Lock()
        self._opened: set[rasterio.DatasetReader] = set()
        self._closed = False
        if 'GDAL_CACHEMAX' not in os.environ:
            rasterio.env.set_gdal_config('GDAL_CACHEMAX', GDAL_CACHE_BYTES)

    def dataset(self, path: Path, overview: int | None = None) -> rasterio.DatasetReader:
        """
        Return the open data set of this thread.

        :param path: the file.
        :param overview: index of the overview to open instead of the full resolution.
        :raises ImageryError: when it cannot be opened, or after :meth:`close`.
        """
        if self._closed:
            raise ImageryError(f'The raster {path} is closed.')
        mine: OrderedDict = self._thread.__dict__.setdefault('datasets', OrderedDict())
        key = (path, overview)
        if key in mine:
            mine.move_to_end(key)
            return mine[key]
        mine[key] = self._open(path, overview)
        if len(mine) > self._limit:
            _, oldest = mine.popitem(last=False)
            with self._lock:
                self._opened.discard(oldest)
            oldest.close()
        return mine[key]

    @property
    def open_count(self) -> int:
        """Return how many data sets are open in all threads."""
        with self._lock:
            return len(self._opened)

    def close(self) -> None:
        """Close the data sets of all threads."""
        with self._lock:
            self._closed = True
            for dataset in self._opened:
                dataset.close()
            self._opened.clear()

    def _open(self, path: Path, overview: int | None) -> rasterio.DatasetReader:
        options = {} if overview is None else {'overview_level': overview}
        try:
            with warnings.catch_warnings():
                # A raster without a reference system is refused with a sentence of our own.
                warnings.simplefilter('ignore', NotGeoreferencedWarning)
                dataset = rasterio.open(path, **options)
        except RasterioError as error:
            raise ImageryError(f'The raster {path} cannot be opened: {error}.') from error
        with self._lock:
            self._opened.add(dataset)
        return dataset


def transformer_to(wkt: str) -> Transformer:
    """
    Return this thread's conversion from longitude and latitude to a reference system.

    :param wkt: the coordinate reference system.
    """
    known = _per_thread.__dict__.setdefault('transformers', {})
    if wkt not in known:
        known[wkt] = Transformer.from_crs(4326, wkt, always_xy=True)
    return known[wkt]
