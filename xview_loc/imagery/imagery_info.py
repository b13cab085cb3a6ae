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

"""What a source of imagery covers, how well, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.web_mercator import geodetic_from_mercator, mercator_from_geodetic
from xview_loc.imagery.bounds import Bounds, centre_of, width_deg, wrap_longitude
from xview_loc.imagery.grid_mosaic import GridMosaic
from xview_loc.imagery.imagery_source import GeodeticFunction, ImagerySource
from xview_loc.imagery.mosaic import Mosaic
from xview_loc.imagery.pack_manifest import manifest_from_json, MANIFEST_KEY, PackManifest
from xview_loc.imagery.raster_source import RasterSource
from xview_loc.imagery.tile_grid import TileRange
from xview_loc.imagery.tile_pyramid import TilePyramid

# A thumbnail decodes at most this many tiles; beyond, it shows the middle of the area.
THUMBNAIL_TILES = 1024

# Sources reproject continuously over less than half the world; nobody matches to more.
_LARGEST_HEIGHT_DEG = 84.0
_LARGEST_WIDTH_DEG = 170.0


@dataclass(frozen=True)
class ZoomInfo:
    """
    The tiles of one zoom.

    :param zoom: level.
    :param tiles: tiles stored.
    :param holes: tiles missing from the rectangle that the stored ones span.
    """

    zoom: int
    tiles: int
    holes: int


@dataclass(frozen=True)
class ImageryInfo:
    """
    A summary of a source.

    :param name: name of the source.
    :param bounds: west, south, east, north [deg].
    :param place: latitude and longitude that the resolution is stated for [deg].
    :param metres_per_pixel: finest ground resolution there [m].
    :param attribution: credit line, or ''.
    :param date: imagery date, or ''.
    :param zooms: the stored zooms; empty for raster files.
    :param stretch: per raster file the values that become 0 and 255 in each band.
    :param manifest: the manifest of an offline pack, or ``None``.
    :param covered: share of the thumbnail that carries imagery.
    :param thumbnail: ``(H, W, 3)`` uint8 RGB, north up in Web Mercator, black where empty.
    :param thumbnail_bounds: the area that the thumbnail shows [deg].
    :param warnings: sentences about damage met so far.
    """

    name: str
    bounds: Bounds
    place: tuple[float, float]
    metres_per_pixel: float
    attribution: str
    date: str
    zooms: tuple[ZoomInfo, ...]
    stretch: dict[str, tuple[tuple[float, float], ...]]
    manifest: PackManifest | None
    covered: float
    thumbnail: np.ndarray
    thumbnail_bounds: Bounds
    warnings: tuple[str, ...]


def describe_imagery(source: ImagerySource, place: tuple[float, float] | None = None,
                     thumbnail_px: int = 512) -> ImageryInfo:
    """
    Look at a source.

    :param source: the imagery.
    :param place: latitude and longitude to state the resolution for; the middle when ``None``.
    :param thumbnail_px: longer side of the thumbnail.
    """
    place = centre_of(source.bounds) if place is None else place
    zooms = _zooms(source)
    area = _affordable_area(source)
    image, valid = draw_thumbnail(source, area, thumbnail_px)
    return ImageryInfo(
        name=source.name, bounds=source.bounds, place=place,
        metres_per_pixel=source.metres_per_pixel_at(*place), attribution=source.attribution,
        date=source.date, zooms=zooms, stretch=_stretch(source), manifest=_manifest(source),
        covered=float(valid.mean()), thumbnail=image, thumbnail_bounds=area,
        warnings=tuple(source.warnings.messages()))


def draw_thumbnail(source: ImagerySource, bounds: Bounds, longer_side_px: int
                   ) -> tuple[np.ndarray, np.ndarray]:
    """
    Draw an area in Web Mercator.

    :param source: the imagery.
    :param bounds: the area [deg].
    :param longer_side_px: rows or columns, whichever are more.
    :return: ``(H, W, 3)`` uint8 RGB and ``(H, W)`` bool.
    """
    west, south, _, north = bounds
    (left, right), (bottom, top) = mercator_from_geodetic(
        np.array([south, north]), np.array([west, west + width_deg(bounds)]))
    pixel = max(right - left, top - bottom) / longer_side_px
    shape = (max(1, round((top - bottom) / pixel)), max(1, round((right - left) / pixel)))
    result = source.read_area(shape, _from_mercator(left, top, pixel))
    return result.image, result.valid


def _from_mercator(left: float, top: float, pixel: float) -> GeodeticFunction:
    return lambda rows, columns: geodetic_from_mercator(left + pixel * columns,
                                                        top - pixel * rows)


def _zooms(source: ImagerySource) -> tuple[ZoomInfo, ...]:
    if not (isinstance(source, RasterSource) and isinstance(source.raster, TilePyramid)):
        return ()
    store = source.raster.store
    result = []
    for zoom in store.zooms():
        tiles = {(tile.column, tile.row) for tile in store.tiles(zoom)}
        if tiles:
            first_column, first_row, last_column, last_row = store.extent(zoom)
            span = TileRange(zoom, first_column, first_row, last_column, last_row)
            result.append(ZoomInfo(zoom, len(tiles), span.count - len(tiles)))
    return tuple(result)


def _affordable_area(source: ImagerySource) -> Bounds:
    """Return the bounds, cut down to the middle where no coarse level makes them cheap."""
    _, south, _, north = source.bounds
    latitude, longitude = centre_of(source.bounds)
    share = _affordable_share(source)
    half_width = 0.5 * min(_LARGEST_WIDTH_DEG, share * width_deg(source.bounds))
    half_height = 0.5 * share * (north - south)
    return (float(wrap_longitude(longitude - half_width)),
            max(-_LARGEST_HEIGHT_DEG, latitude - half_height),
            float(wrap_longitude(longitude + half_width)),
            min(_LARGEST_HEIGHT_DEG, latitude + half_height))


def _affordable_share(source: ImagerySource) -> float:
    if not (isinstance(source, RasterSource) and isinstance(source.raster, TilePyramid)):
        return 1.0
    store = source.raster.store
    first_column, first_row, last_column, last_row = store.extent(store.zooms()[0])
    count = (last_column - first_column + 1) * (last_row - first_row + 1)
    return min(1.0, math.sqrt(THUMBNAIL_TILES / count))


def _stretch(source: ImagerySource) -> dict[str, tuple[tuple[float, float], ...]]:
    sources = source.sources if isinstance(source, Mosaic) else [source]
    rasters = [inner.raster for inner in sources if isinstance(inner, RasterSource)]
    files = [part for raster in rasters
             for part in (raster.parts if isinstance(raster, GridMosaic) else [raster])]
    limits = {part.name: getattr(part, 'stretch_limits', None) for part in files}
    return {name: pairs for name, pairs in limits.items() if pairs is not None}


def _manifest(source: ImagerySource) -> PackManifest | None:
    if not (isinstance(source, RasterSource) and isinstance(source.raster, TilePyramid)):
        return None
    text = source.raster.store.metadata.get(MANIFEST_KEY)
    return None if text is None else manifest_from_json(text)
