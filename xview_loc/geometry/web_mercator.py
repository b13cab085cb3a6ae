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

"""
The tile pyramid of web maps (EPSG:3857).

Convention: global pixel coordinates at a zoom are continuous ``(column, row)`` pairs that start at
the north-western corner of the world; tile ``(x, y)`` covers ``[x, x + 1) * tile_size`` columns
and ``[y, y + 1) * tile_size`` rows with y growing south (XYZ order), and pixel ``i`` has its
centre at ``i + 0.5``, as in :class:`xview_loc.geometry.patch_geometry.PatchGeometry`.
"""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import GeometryError

EARTH_RADIUS = 6378137.0
MAX_LATITUDE_DEG = math.degrees(math.atan(math.sinh(math.pi)))


def mercator_from_geodetic(latitude_deg, longitude_deg) -> tuple[np.ndarray, np.ndarray]:
    """
    Return EPSG:3857 coordinates.

    :param latitude_deg: at most 85.0511 from the equator [deg].
    :param longitude_deg: [deg]; not wrapped, so that 181 lies east of 180.
    :return: easting and northing [m of the projection].
    :raises GeometryError: when a latitude is beyond the projection.
    """
    latitude = np.asarray(latitude_deg, dtype=np.float64)
    if not np.all(np.abs(latitude) <= MAX_LATITUDE_DEG + 1e-9):
        raise GeometryError(
            f'Web Mercator ends at a latitude of {MAX_LATITUDE_DEG:.4f} degrees; '
            f'got {float(np.max(np.abs(latitude))):.4f}.')
    return (EARTH_RADIUS * np.radians(np.asarray(longitude_deg, dtype=np.float64)),
            EARTH_RADIUS * np.arcsinh(np.tan(np.radians(latitude))))


def geodetic_from_mercator(easting, northing) -> tuple[np.ndarray, np.ndarray]:
    """
    Return latitude and longitude of EPSG:3857 coordinates.

    :param easting: [m of the projection]; not wrapped.
    :param northing: [m of the projection].
    :return: latitude and longitude [deg].
    """
    latitude = np.arctan(np.sinh(np.asarray(northing, dtype=np.float64) / EARTH_RADIUS))
    longitude = np.asarray(easting, dtype=np.float64) / EARTH_RADIUS
    return np.degrees(latitude), np.degrees(longitude)


def tile_pixel_from_geodetic(latitude_deg, longitude_deg, zoom: int,
                             tile_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the global pixel coordinates of geodetic ones.

    :param latitude_deg: at most 85.0511 from the equator [deg].
    :param longitude_deg: [deg]; not wrapped: beyond 180 the columns go on past the world's width.
    :param zoom: zoom of the pyramid; the world is ``tile_size * 2 ** zoom`` pixels wide.
    :param tile_size: pixels along the side of a tile.
    :return: continuous column and row.
    :raises GeometryError: when a latitude is beyond the projection.
    """
    easting, northing = mercator_from_geodetic(latitude_deg, longitude_deg)
    size = world_size(zoom, tile_size)
    scale = size / (2.0 * math.pi * EARTH_RADIUS)
    return 0.5 * size + easting * scale, 0.5 * size - northing * scale


def geodetic_from_tile_pixel(column, row, zoom: int,
                             tile_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the geodetic coordinates of global pixel coordinates.

    :param column: continuous column; not wrapped.
    :param row: continuous row.
    :return: latitude and longitude [deg].
    """
    size = world_size(zoom, tile_size)
    scale = 2.0 * math.pi * EARTH_RADIUS / size
    return geodetic_from_mercator((np.asarray(column, dtype=np.float64) - 0.5 * size) * scale,
                                  (0.5 * size - np.asarray(row, dtype=np.float64)) * scale)


def world_size(zoom: int, tile_size: int = 256) -> float:
    """Return the side of the world at a zoom [px]."""
    return float(tile_size * 2 ** zoom)


def metres_per_pixel(latitude_deg: float, zoom: int, tile_size: int = 256) -> float:
    """
    Return the ground size of a pixel, as if the Earth were a sphere.

    On the ellipsoid a pixel is 0 to 0.34 % larger along east and between 0.67 % smaller (at the
    equator) and 0.34 % larger (at the poles) along north; sample through latitude and longitude
    where that matters.

    :param latitude_deg: [deg].
    :param zoom: zoom of the pyramid.
    :param tile_size: pixels along the side of a tile.
    """
    circumference = 2.0 * math.pi * EARTH_RADIUS
    return circumference * math.cos(math.radians(latitude_deg)) / world_size(zoom, tile_size)


def zoom_for_resolution(latitude_deg: float, wanted_metres_per_pixel: float,
                        tile_size: int = 256) -> int:
    """
    Return the lowest zoom that is at least as fine as a ground resolution.

    :param latitude_deg: [deg].
    :param wanted_metres_per_pixel: ground size of a pixel [m].
    :param tile_size: pixels along the side of a tile.
    """
    ratio = metres_per_pixel(latitude_deg, 0, tile_size) / wanted_metres_per_pixel
    return max(0, math.ceil(math.log2(ratio) - 1e-9))
