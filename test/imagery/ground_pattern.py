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

"""A smooth pattern on the ground, by which tests measure where pixels come from."""

import cv2
import numpy as np
from pyproj import Transformer

from xview_loc.imagery.tile_store import TileIndex

# Wavelengths on the ground; long enough that a pixel of 0.6 m shows them well.
WAVELENGTHS_M = (13.0, 17.0, 19.0)


def pattern(x, y):
    """Return the colours of places in ``map``, ``(..., 3)`` float64 in 27 to 227."""
    phases = (x / WAVELENGTHS_M[0], y / WAVELENGTHS_M[1], (x + y) / WAVELENGTHS_M[2])
    return np.stack([127.0 + 100.0 * np.sin(2.0 * np.pi * phase) for phase in phases], axis=-1)


def painted(x, y):
    """Return the pattern as uint8."""
    return np.rint(pattern(x, y)).astype(np.uint8)


def topocentric(frame):
    """Return latitude, longitude -> x, y by PROJ, independent of ``LocalFrame``."""
    pipeline = Transformer.from_pipeline(
        '+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart '
        f'+ellps=WGS84 +step +proj=topocentric +ellps=WGS84 +lat_0={frame.latitude_deg!r} '
        f'+lon_0={frame.longitude_deg!r} +h_0={frame.altitude_m!r}')

    def map_from_geodetic(latitude, longitude):
        height = np.full(np.shape(latitude), frame.altitude_m)
        x, y, _ = pipeline.transform(longitude, latitude, height)
        return x, y

    return map_from_geodetic


def tile_geodetic(tile: TileIndex, size: int = 256):
    """Return latitudes and longitudes of the pixel centres of a tile, by the textbook formula."""
    world = size * 2.0 ** tile.zoom
    columns, rows = np.meshgrid(tile.column * size + np.arange(size) + 0.5,
                                tile.row * size + np.arange(size) + 0.5)
    latitude = 2.0 * np.arctan(np.exp(np.pi * (1.0 - 2.0 * rows / world))) - 0.5 * np.pi
    return np.degrees(latitude), columns / world * 360.0 - 180.0


def painted_tile(tile: TileIndex, frame, size: int = 256):
    """Return the pattern as seen by a tile, every pixel placed exactly."""
    return painted(*topocentric(frame)(*tile_geodetic(tile, size)))


def png(image) -> bytes:
    """Compress an RGB image."""
    return cv2.imencode('.png', image[..., ::-1])[1].tobytes()


def tile_at(latitude, longitude, zoom) -> TileIndex:
    """Return the tile at a place."""
    world = 2 ** zoom
    row = (0.5 - np.arcsinh(np.tan(np.radians(latitude))) / (2.0 * np.pi)) * world
    return TileIndex(zoom, int((longitude / 360.0 + 0.5) * world) % world, int(row))


def displacement_px(image, geometry, window: int = 64) -> float:
    """
    Return by how many pixels an image of the pattern is displaced where it is worst.

    The displacement of each window follows from least squares on the pattern's own gradient.
    """
    rows, columns = np.meshgrid(np.arange(geometry.height) + 0.5, np.arange(geometry.width) + 0.5,
                                indexing='ij')

    def seen(down, across):
        return pattern(*geometry.map_from_pixel(rows + down, columns + across))

    step = 0.01
    gradient = np.stack([(seen(step, 0) - seen(-step, 0)) / (2 * step),
                         (seen(0, step) - seen(0, -step)) / (2 * step)], axis=-1)
    difference = image - seen(0, 0)
    worst = 0.0
    for top in range(0, geometry.height - window + 1, window // 2):
        for left in range(0, geometry.width - window + 1, window // 2):
            part = np.s_[top:top + window, left:left + window]
            shift, *_ = np.linalg.lstsq(gradient[part].reshape(-1, 2),
                                        difference[part].reshape(-1), rcond=None)
            worst = max(worst, float(np.hypot(*shift)))
    return worst
