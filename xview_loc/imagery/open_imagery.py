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

"""Any imagery by its path."""

from __future__ import annotations

from pathlib import Path

from xview_loc.errors import ImageryError
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.mbtiles import MBTilesStore
from xview_loc.imagery.raster import Raster
from xview_loc.imagery.raster_source import RasterSource
from xview_loc.imagery.stretch import Stretch
from xview_loc.imagery.tile_cache import DEFAULT_CACHE_BYTES, TileCache
from xview_loc.imagery.tile_pyramid import TilePyramid
from xview_loc.imagery.tile_store import TileScheme
from xview_loc.imagery.warning_log import WarningLog
from xview_loc.imagery.xyz_tree import XyzTree

RASTER_SUFFIXES = ('.tif', '.tiff', '.vrt', '.jp2')


def open_imagery(spec: str | Path, cache_bytes: int = DEFAULT_CACHE_BYTES, *,
                 scheme: TileScheme | None = None, stretch: Stretch | None = None,
                 cache: TileCache | None = None) -> ImagerySource:
    """
    Open imagery for reading patches.

    :param spec: an ``.mbtiles`` file, a GeoTIFF (or other raster with a coordinate reference
        system), or a folder of tiles ``zoom/column/row``.
    :param cache_bytes: the most memory for decoded tiles [bytes].
    :param scheme: how a folder of tiles counts its rows; as the folder says when ``None``.
    :param stretch: how rasters of more than 8 bit become 8 bit.
    :param cache: a cache to share instead of a new one of ``cache_bytes``.
    :raises ImageryError: when there is nothing there that can be read.
    """
    path = Path(spec).expanduser()
    warnings = WarningLog()
    raster = _open_raster(path, scheme, stretch, warnings)
    return RasterSource(raster, TileCache(cache_bytes) if cache is None else cache, warnings)


def _open_raster(path: Path, scheme: TileScheme | None, stretch: Stretch | None,
                 warnings: WarningLog) -> Raster:
    if '://' in str(path) or str(path).startswith(('http:/', 'https:/')):
        raise ImageryError(f'Imagery is read from files, not from {path}; make an offline pack '
                           'with "xview-loc tiles fetch" first.')
    if not path.exists():
        raise ImageryError(f'The imagery {path} does not exist.')
    if path.is_dir():
        return TilePyramid(XyzTree(path, scheme), warnings)
    if path.suffix.lower() == '.mbtiles':
        return TilePyramid(MBTilesStore(path), warnings)
    if path.suffix.lower() in RASTER_SUFFIXES:
        from xview_loc.imagery.geotiff import GeoTiffRaster
        return GeoTiffRaster(path, stretch, warnings)
    raise ImageryError(f'The imagery {path} is of no known kind; use .mbtiles, '
                       f'{", ".join(RASTER_SUFFIXES)} or a folder zoom/column/row.')
