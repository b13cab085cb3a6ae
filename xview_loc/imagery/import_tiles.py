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

"""One offline pack from imagery on disk."""

from __future__ import annotations

from pathlib import Path

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import BrokenTileError
from xview_loc.imagery.bounds import Bounds, centre_of, check_bounds
from xview_loc.imagery.imagery_source import ImagerySource, refuse_coarse
from xview_loc.imagery.mbtiles_writer import Progress
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.pack_builder import PackBuilder
from xview_loc.imagery.pack_manifest import PackManifest
from xview_loc.imagery.raster_source import RasterSource
from xview_loc.imagery.stretch import Stretch
from xview_loc.imagery.tile_codec import is_complete
from xview_loc.imagery.tile_grid import finest_zoom_for, TileRange, tiles_of_bounds
from xview_loc.imagery.tile_pyramid import TilePyramid
from xview_loc.imagery.tile_store import TileIndex, TileScheme, TileStore

TILES_PER_PROGRESS = 100


def import_tiles(spec: str | Path, out: str | Path, *, bounds: Bounds | None = None,
                 finest_zoom: int | None = None, coarsest_zoom: int | None = None,
                 image_format: str = 'jpg', quality: int = 90, tile_size: int = 256,
                 scheme: TileScheme | None = None, stretch: Stretch | None = None,
                 name: str = '', licence: str = '', attribution: str = '', date: str = '',
                 progress: Progress | None = None) -> PackManifest:
    """
    Make an offline pack (MBTiles with a manifest) of imagery on disk.

    Tiles are copied as they are; rasters are rendered into tiles. Interrupted, it goes on where
    it was and ends with the same checksum.

    :param spec: anything that ``open_imagery`` opens.
    :param out: the pack to make; meanwhile its tiles collect in ``OUT.part``.
    :param bounds: the area in degrees; all of the source when ``None``.
    :param finest_zoom: the last zoom; the source's own (for rasters: the first as fine as the
        source) when ``None``.
    :param coarsest_zoom: the first zoom; for tiles all there are, for rasters three below the
        finest when ``None``.
    :param image_format: of rendered tiles: ``'png'``, ``'jpg'`` or ``'webp'``.
    :param quality: of rendered tiles, as in ``MBTilesWriter``.
    :param tile_size: side of rendered tiles [px].
    :param scheme: how a folder of tiles counts its rows.
    :param stretch: how rasters of more than 8 bit become 8 bit.
    :param name: name of the imagery; the source's when empty.
    :param licence: licence of the imagery.
    :param attribution: credit line; the source's when empty.
    :param date: date of the imagery; the source's when empty.
    :param progress: called with the tiles done and in all.
    :raises ImageryError: when the source cannot be read or holds nothing in the area.
    """
    source = open_imagery(spec, scheme=scheme, stretch=stretch)
    try:
        area = source.bounds if bounds is None else check_bounds(bounds)
        job = {'source': str(spec), 'bounds': list(area), 'zooms': [coarsest_zoom, finest_zoom],
               'tiles': [image_format, quality, tile_size]}
        builder = PackBuilder(out, job, image_format=image_format, quality=quality,
                              tile_size=tile_size)
        try:
            if isinstance(source, RasterSource) and isinstance(source.raster, TilePyramid):
                _copy(source.raster.store, builder, None if bounds is None else area,
                      coarsest_zoom, finest_zoom, progress)
            else:
                _render(source, builder, area, coarsest_zoom, finest_zoom, progress)
        except BaseException:
            builder.keep()
            raise
        return builder.finish(name=name or source.name, source=str(spec), licence=licence,
                              attribution=attribution or source.attribution,
                              date=date or source.date)
    finally:
        source.close()


def _copy(store: TileStore, builder: PackBuilder, bounds: Bounds | None,
          coarsest_zoom: int | None, finest_zoom: int | None, progress: Progress | None) -> None:
    zooms = [zoom for zoom in store.zooms()
             if (coarsest_zoom is None or zoom >= coarsest_zoom)
             and (finest_zoom is None or zoom <= finest_zoom)]
    if not zooms:
        raise ImageryError(f'The tiles of {store.name} are of zooms {store.zooms()}, none of '
                           f'them within {coarsest_zoom} to {finest_zoom}.')
    wanted = [tile for zoom in zooms for tile in store.tiles(zoom)
              if bounds is None or _holds(tiles_of_bounds(bounds, zoom), tile)]
    if not wanted:
        raise ImageryError(f'The tiles of {store.name} do not touch the area {bounds}.')
    done = builder.done() if builder.resumed else set()
    for index, tile in enumerate(wanted):
        if tile not in done:
            data = _whole_tile(store, tile)
            if data is None:
                builder.put_absent(tile, broken=True)
            else:
                builder.writer.put(tile, data)
        if progress is not None and (index + 1) % TILES_PER_PROGRESS == 0:
            progress(index + 1, len(wanted))
    if progress is not None:
        progress(len(wanted), len(wanted))


def _whole_tile(store: TileStore, tile: TileIndex) -> bytes | None:
    try:
        data = store.get(tile)
    except BrokenTileError:
        return None
    return data if data is not None and is_complete(data) else None


def _holds(area: TileRange, tile: TileIndex) -> bool:
    column = tile.column + (2 ** tile.zoom if tile.column < area.first_column else 0)
    return (area.first_row <= tile.row <= area.last_row
            and area.first_column <= column <= area.last_column)


def _render(source: ImagerySource, builder: PackBuilder, area: Bounds,
            coarsest_zoom: int | None, finest_zoom: int | None,
            progress: Progress | None) -> None:
    native = source.metres_per_pixel_at(*centre_of(area))
    refuse_coarse(source.name, native)
    if finest_zoom is None:
        finest_zoom = finest_zoom_for(native, area, builder.writer.tile_size)
    builder.writer.write_source(source, area, finest_zoom=finest_zoom,
                                coarsest_zoom=coarsest_zoom, progress=progress)
