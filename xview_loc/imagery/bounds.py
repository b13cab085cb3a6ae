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

"""Areas on the earth as west, south, east and north."""

from __future__ import annotations

import numpy as np

from xview_loc.errors import ImageryError

# West, south, east, north in degrees; west > east where the area crosses the antimeridian.
Bounds = tuple[float, float, float, float]


def check_bounds(bounds) -> Bounds:
    """
    Return the bounds as four floats.

    :param bounds: west, south, east, north in degrees.
    :raises ImageryError: when they are no area on the earth.
    """
    values = tuple(float(value) for value in bounds)
    if len(values) != 4 or not np.isfinite(values).all():
        raise ImageryError(f'An area needs west, south, east, north in degrees; got {bounds}.')
    west, south, east, north = values
    if not (-90.0 <= south < north <= 90.0 and -180.0 <= west <= 180.0
            and -180.0 <= east <= 180.0 and west != east):
        raise ImageryError(
            f'The area west {west}, south {south}, east {east}, north {north} is not on the '
            'earth; south must be below north, latitudes within 90 and longitudes within 180.')
    return west, south, east, north


def bounds_of(latitude_deg, longitude_deg) -> Bounds:
    """
    Return the bounds of points that lie close together, also across the antimeridian.

    :param latitude_deg: ``(N,)`` degrees.
    :param longitude_deg: ``(N,)`` degrees, spanning less than 180.
    """
    first = float(np.ravel(longitude_deg)[0])
    relative = wrap_longitude(np.asarray(longitude_deg) - first)
    west = float(wrap_longitude(first + relative.min()))
    east = float(wrap_longitude(first + relative.max()))
    return (west, float(np.min(latitude_deg)), 180.0 if east == -180.0 else east,
            float(np.max(latitude_deg)))


def wrap_longitude(longitude_deg):
    """Wrap longitudes to [-180, 180) degrees."""
    return (longitude_deg + 180.0) % 360.0 - 180.0


def width_deg(bounds: Bounds) -> float:
    """Return the extent in longitude [deg], at most 360."""
    west, _, east, _ = bounds
    return east - west if east > west else east - west + 360.0


def centre_of(bounds: Bounds) -> tuple[float, float]:
    """Return latitude and longitude of the middle [deg]."""
    west, south, _, north = bounds
    return 0.5 * (south + north), float(wrap_longitude(west + 0.5 * width_deg(bounds)))


def covers(bounds: Bounds, latitude_deg: float, longitude_deg: float) -> bool:
    """Tell whether a place lies in the area, its rim included."""
    west, south, _, north = bounds
    return (south <= latitude_deg <= north
            and (longitude_deg - west) % 360.0 <= width_deg(bounds))


def intersects(one: Bounds, other: Bounds) -> bool:
    """Tell whether two areas share a place, their rims included."""
    apart = (other[0] - one[0]) % 360.0
    return (one[1] <= other[3] and other[1] <= one[3]
            and (apart <= width_deg(one) or apart + width_deg(other) >= 360.0))


def union(areas: list[Bounds]) -> Bounds:
    """
    Return an area that holds all areas; they lie within 180 degrees of each other.

    :param areas: at least one.
    """
    first_west = areas[0][0]
    starts = [float(wrap_longitude(area[0] - first_west)) for area in areas]
    ends = [start + width_deg(area) for start, area in zip(starts, areas)]
    south, north = min(area[1] for area in areas), max(area[3] for area in areas)
    if max(ends) - min(starts) >= 360.0:
        return -180.0, south, 180.0, north
    west = float(wrap_longitude(first_west + min(starts)))
    east = float(wrap_longitude(first_west + max(ends)))
    return west, south, 180.0 if east == -180.0 else east, north
