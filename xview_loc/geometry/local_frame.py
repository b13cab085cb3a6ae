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

"""The ``map`` frame: east, north, up around a datum on the WGS84 ellipsoid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math

import numpy as np

from xview_loc.errors import GeometryError

SEMI_MAJOR_AXIS = 6378137.0
FLATTENING = 1.0 / 298.257223563
SEMI_MINOR_AXIS = SEMI_MAJOR_AXIS * (1.0 - FLATTENING)
ECCENTRICITY_SQUARED = FLATTENING * (2.0 - FLATTENING)
SECOND_ECCENTRICITY_SQUARED = ECCENTRICITY_SQUARED / (1.0 - FLATTENING) ** 2
LARGEST_RADIUS = 200_000.0


@dataclass(frozen=True)
class LocalFrame:
    """
    A true east-north-up frame, tangent to the ellipsoid at the datum.

    The same as PROJ's ``+proj=cart +step +proj=topocentric``, to rounding (below 1e-6 m inside
    the radius). It is a rigid frame: x and y of a point depend on its height, by
    ``distance * height difference / 6371 km`` (0.3 m at 20 km for 100 m).

    :param latitude_deg: geodetic latitude of the origin [deg].
    :param longitude_deg: longitude of the origin, kept in [-180, 180) [deg].
    :param altitude_m: ellipsoidal height of the origin [m].
    :param radius_m: horizontal distance from the datum beyond which points are refused [m].
    :raises GeometryError: when the datum is not a place on Earth.
    """

    latitude_deg: float
    longitude_deg: float
    altitude_m: float = 0.0
    radius_m: float = 50_000.0

    def __post_init__(self) -> None:
        """Refuse what is not a place on Earth."""
        if not all(map(math.isfinite, (self.latitude_deg, self.longitude_deg, self.altitude_m))):
            raise GeometryError(
                f'The map origin ({self.latitude_deg}, {self.longitude_deg}, {self.altitude_m}) '
                'must be finite.')
        if abs(self.latitude_deg) > 90.0 or abs(self.longitude_deg) > 360.0:
            raise GeometryError(
                f'The map origin ({self.latitude_deg}, {self.longitude_deg}) is not on Earth; '
                'the latitude must lie in [-90, 90] and the longitude in [-360, 360].')
        if not 0.0 < self.radius_m <= LARGEST_RADIUS:
            raise GeometryError(
                f'The map radius is {self.radius_m} m; it must lie in (0, {LARGEST_RADIUS:.0f}].')
        object.__setattr__(self, 'longitude_deg', (self.longitude_deg + 180.0) % 360.0 - 180.0)

    @cached_property
    def _map_from_earth(self) -> np.ndarray:
        """Return the rotation from Earth-fixed to east-north-up axes."""
        latitude, longitude = math.radians(self.latitude_deg), math.radians(self.longitude_deg)
        sine, cosine = math.sin(latitude), math.cos(latitude)
        sine_lon, cosine_lon = math.sin(longitude), math.cos(longitude)
        return np.array([
            [-sine_lon, cosine_lon, 0.0],
            [-sine * cosine_lon, -sine * sine_lon, cosine],
            [cosine * cosine_lon, cosine * sine_lon, sine]])

    @cached_property
    def _origin(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the Earth-fixed coordinates of the datum."""
        return earth_from_geodetic(self.latitude_deg, self.longitude_deg, self.altitude_m)

    def map_from_geodetic(self, latitude_deg, longitude_deg,
                          altitude_m=None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Return the map coordinates of geodetic ones.

        :param latitude_deg: scalar or array [deg].
        :param longitude_deg: scalar or array, any multiple of 360 apart [deg].
        :param altitude_m: ellipsoidal height [m]; ``None`` is the height of the datum.
        :return: x east, y north, z up, each float64 of the broadcast shape [m].
        :raises GeometryError: when a point is not finite or lies outside the radius.
        """
        altitude = self.altitude_m if altitude_m is None else altitude_m
        earth = earth_from_geodetic(latitude_deg, longitude_deg, altitude)
        delta = [axis - origin for axis, origin in zip(earth, self._origin)]
        x, y, z = _rotate(self._map_from_earth, delta)
        self._check_inside(x, y, z)
        return x, y, z

    def geodetic_from_map(self, x, y, z=None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Return the geodetic coordinates of map ones.

        :param x: east, scalar or array [m].
        :param y: north [m].
        :param z: up [m]; ``None`` is the point above or below ``(x, y)`` at the ellipsoidal
            height of the datum, found to 1e-6 m.
        :return: latitude [deg], longitude in [-180, 180] [deg], ellipsoidal height [m].
        :raises GeometryError: when a point is not finite or lies outside the radius.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if z is not None:
            self._check_inside(x, y, np.asarray(z, dtype=np.float64))
            return geodetic_from_earth(*self._earth(x, y, z))
        z = -0.5 * (x * x + y * y) / SEMI_MAJOR_AXIS
        self._check_inside(x, y, z)
        # The start is within 24 m at 200 km and each step shrinks its error by half the square of
        # distance / radius of the Earth: two steps leave 6e-6 m there and 1e-9 m at 50 km.
        for _ in range(2):
            z = z - (_vertical(*self._earth(x, y, z))[2] - self.altitude_m)
        return geodetic_from_earth(*self._earth(x, y, z))

    def _earth(self, x, y, z):
        """Return Earth-fixed coordinates."""
        turned = _rotate(self._map_from_earth.T, (x, y, z))
        return tuple(axis + origin for axis, origin in zip(turned, self._origin))

    def _check_inside(self, x, y, z):
        """Refuse points outside the radius, on the far side of the Earth, or not finite."""
        distance = np.sqrt(x * x + y * y)
        inside = (distance <= self.radius_m) & (np.abs(z) < 0.5 * SEMI_MAJOR_AXIS)
        if not np.all(inside):
            if not np.all(np.isfinite(distance) & np.isfinite(z)):
                raise GeometryError('A position is not finite; the map frame cannot hold it.')
            raise GeometryError(
                f'A point is {float(np.max(distance)) / 1000.0:.1f} km from the map origin '
                f'({self.latitude_deg:.6f}, {self.longitude_deg:.6f}); '
                f'the map reaches {self.radius_m / 1000.0:.1f} km.')


def earth_from_geodetic(latitude_deg, longitude_deg,
                        altitude_m) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return Earth-centred, Earth-fixed coordinates of geodetic ones (WGS84).

    :param latitude_deg: [deg].
    :param longitude_deg: [deg].
    :param altitude_m: ellipsoidal height [m].
    :return: X, Y, Z float64 [m].
    """
    latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    longitude = np.radians(np.asarray(longitude_deg, dtype=np.float64))
    sine, cosine = np.sin(latitude), np.cos(latitude)
    normal = SEMI_MAJOR_AXIS / np.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)
    axial = (normal + altitude_m) * cosine
    return (axial * np.cos(longitude), axial * np.sin(longitude),
            (normal * (1.0 - ECCENTRICITY_SQUARED) + altitude_m) * sine)


def geodetic_from_earth(x, y, z) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return geodetic coordinates of Earth-centred, Earth-fixed ones (WGS84).

    Bowring's formula (Survey Review 23, 1976, eq. 5), applied twice: below 1e-8 m within 100 km
    of the surface.

    :param x: towards latitude 0, longitude 0 [m].
    :param y: towards latitude 0, longitude 90 [m].
    :param z: towards the north pole [m].
    :return: latitude [deg], longitude in [-180, 180] [deg], ellipsoidal height [m].
    """
    sine, cosine, altitude = _vertical(x, y, z)
    return np.degrees(np.arctan2(sine, cosine)), np.degrees(np.arctan2(y, x)), altitude


def _vertical(x, y, z):
    """Return sine and cosine of the geodetic latitude, and the ellipsoidal height."""
    axial = np.sqrt(x * x + y * y)
    sine, cosine = _unit(z * SEMI_MAJOR_AXIS, axial * SEMI_MINOR_AXIS)
    for step in range(2):
        if step:
            sine, cosine = _unit((1.0 - FLATTENING) * sine, cosine)
        sine, cosine = _unit(
            z + SECOND_ECCENTRICITY_SQUARED * SEMI_MINOR_AXIS * sine * sine * sine,
            axial - ECCENTRICITY_SQUARED * SEMI_MAJOR_AXIS * cosine * cosine * cosine)
    # Unlike axial / cosine this form of the height holds at the poles.
    altitude = (axial * cosine + z * sine
                - SEMI_MAJOR_AXIS * np.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine))
    return sine, cosine, altitude


def _unit(sine, cosine):
    """Scale to sine and cosine of the same angle."""
    length = np.sqrt(sine * sine + cosine * cosine)
    return sine / length, cosine / length


def _rotate(rotation, vector):
    """Turn a vector given as three arrays."""
    return tuple(row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2] for row in rotation)
