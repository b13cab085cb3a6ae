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

"""Which tiles a drive or an area needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import math

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.imagery.bounds import Bounds, bounds_of, check_bounds
from xview_loc.imagery.tile_grid import tiles_of_bounds
from xview_loc.imagery.tile_store import TileIndex

DEFAULT_REACH_M = 150.0


def tiles_of_area(bounds: Bounds, zooms: Iterable[int]) -> list[TileIndex]:
    """
    Return the tiles that touch an area.

    :param bounds: west, south, east, north in degrees; west > east across the antimeridian.
    :param zooms: levels.
    :return: in ascending order.
    """
    area = check_bounds(bounds)
    return sorted({tile for zoom in zooms for tile in tiles_of_bounds(area, zoom)})


def tiles_along(positions: Sequence[tuple[float, float]], zooms: Iterable[int],
                reach_m: float = DEFAULT_REACH_M) -> list[TileIndex]:
    """
    Return the tiles that come near a drive.

    :param positions: latitudes and longitudes in degrees, in driving order; those that are not
        finite are left out. Gaps up to ``reach_m`` are bridged.
    :param zooms: levels.
    :param reach_m: distance from the positions to cover, in a square [m].
    :return: in ascending order.
    :raises ImageryError: when no position is left or the reach is not positive.
    """
    if not reach_m > 0.0:
        raise ImageryError(f'The reach along the drive is {reach_m} m; it must be positive.')
    places = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
    places = places[np.isfinite(places).all(axis=1)]
    if len(places) == 0:
        raise ImageryError('The drive has no valid position to fetch imagery along.')
    zooms = list(zooms)
    tiles: set[TileIndex] = set()
    for latitude, longitude in _thinned(places, reach_m):
        area = _square(latitude, longitude, 1.5 * reach_m)
        tiles.update(tile for zoom in zooms for tile in tiles_of_bounds(area, zoom))
    return sorted(tiles)


def _thinned(places: np.ndarray, reach_m: float) -> Iterable[tuple[float, float]]:
    """Leave out positions within half a reach of the last one kept."""
    kept: tuple[float, float] | None = None
    for latitude, longitude in places:
        if kept is not None:
            north = math.radians(latitude - kept[0]) * 6_371_000.0
            turn = (longitude - kept[1] + 180.0) % 360.0 - 180.0
            east = math.radians(turn) * 6_371_000.0 * math.cos(math.radians(latitude))
            if math.hypot(north, east) < 0.5 * reach_m:
                continue
        kept = (float(latitude), float(longitude))
        yield kept


def _square(latitude: float, longitude: float, half_side_m: float) -> Bounds:
    frame = LocalFrame(latitude, longitude)
    x, y = half_side_m * np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]])
    corners = frame.geodetic_from_map(x, y)
    return bounds_of(corners[0], corners[1])
