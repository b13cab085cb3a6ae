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
from xview_loc.imagery.pmtiles import PMTilesStore
from xview_loc.imagery.raster_source import RasterSource
from xview_loc.imagery.stretch import Stretch
from xview_loc.imagery.tile_cache import DEFAULT_CACHE_BYTES, TileCache
from xview_loc.imagery.tile_pyramid import TilePyramid
from xview_loc.imagery.tile_store import TileScheme, TileStore
from xview_loc.imagery.warning_log import WarningLog
from xview_loc.imagery.xyz_tree import XyzTree

RASTER_SUFFIXES = ('.tif', '.tiff', '.vrt', '.jp2')


def open_imagery(spec: str | Path, cache_bytes: int = DEFAULT_CACHE_BYTES, *,
                 scheme: TileScheme | None = None, stretch: Stretch | None = None,
                 cache: TileCache | None = None) -> ImagerySource:
    """
    Open imagery for reading patches.

    :param spec: an ``.mbtiles`` or ``.pmtiles`` file, a GeoTIFF (or other raster with a
        coordinate reference system), a folder of such rasters in any projections, or a folder of
        tiles ``zoom/column/row``.
    :param cache_bytes: the most memory for decoded tiles [bytes].
    :param scheme: how a folder of tiles counts its rows; as the folder says when ``None``.
    :param stretch: how rasters of more than 8 bit become 8 bit.
    :param cache: a cache to share instead of a new one of ``cache_bytes``.
    :raises ImageryError: when there is nothing there that can be read.
    """
    if '://' in str(spec):
        raise ImageryError(f'Imagery is read from files, not from {spec}; make an offline pack '
                           'with "xview-loc tiles fetch" first.')
    path = Path(spec).expanduser()
    if not path.exists():
        raise ImageryError(f'The imagery {path} does not exist.')
    cache = TileCache(cache_bytes) if cache is None else cache
    rasters = rasters_in(path)
    if rasters:
        # Imported here because rasterio takes 0.1 s, which a node that reads tiles does not need.
        from xview_loc.imagery.mosaic import open_raster_mosaic
        return open_raster_mosaic(rasters, path.name, cache, stretch)
    warnings = WarningLog()
    if path.is_file() and path.suffix.lower() in RASTER_SUFFIXES:
        from xview_loc.imagery.geotiff import GeoTiffRaster
        return RasterSource(GeoTiffRaster(path, stretch, warnings), cache, warnings)
    store = open_tile_store(path, scheme)
    try:
        return RasterSource(TilePyramid(store, warnings), cache, warnings)
    except ImageryError:
        store.close()
        raise


def open_tile_store(path: Path, scheme: TileScheme | None = None) -> TileStore:
    """
    Open compressed tiles.

    :param path: an ``.mbtiles`` or ``.pmtiles`` file or a folder.
    :param scheme: how a folder counts its rows; as the folder says when ``None``.
    :raises ImageryError: when it is none of these or damaged.
    """
    if path.is_dir():
        return XyzTree(path, scheme)
    if path.suffix.lower() == '.mbtiles':
        return MBTilesStore(path)
    if path.suffix.lower() == '.pmtiles':
        return PMTilesStore(path)
    raise ImageryError(f'The imagery {path} is of no known kind; use .mbtiles, .pmtiles, '
                       f'{", ".join(RASTER_SUFFIXES)}, a folder of these rasters, or a folder '
                       'zoom/column/row.')


def rasters_in(path: Path) -> list[Path]:
    """Return the raster files directly in a folder, by name; none for anything else."""
    if not path.is_dir():
        return []
    return sorted(entry for entry in path.iterdir()
                  if entry.is_file() and entry.suffix.lower() in RASTER_SUFFIXES)
