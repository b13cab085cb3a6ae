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

"""Universal Transverse Mercator zones (WGS84)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Proj, Transformer

from xview_loc.errors import GeometryError

SVALBARD_ZONES = ((9.0, 31), (21.0, 33), (33.0, 35), (42.0, 37))


@dataclass(frozen=True, slots=True)
class UtmZone:
    """
    One of the 120 zones; coordinates are meaningful some degrees beyond its rim.

    :param number: 1 to 60.
    :param is_northern: False adds 10 000 km to northings.
    :raises GeometryError: when the number is not a zone.
    """

    number: int
    is_northern: bool

    def __post_init__(self) -> None:
        """Refuse numbers that are not a zone."""
        if not 1 <= self.number <= 60:
            raise GeometryError(f'The UTM zone is {self.number}; it must lie in 1 to 60.')

    @classmethod
    def containing(cls, latitude_deg: float, longitude_deg: float) -> UtmZone:
        """
        Return the zone of a place, with the exceptions of south-western Norway and Svalbard.

        :param latitude_deg: in [-80, 84] [deg].
        :param longitude_deg: any multiple of 360 apart [deg].
        :raises GeometryError: when UTM does not cover the latitude.
        """
        if not -80.0 <= latitude_deg <= 84.0:
            raise GeometryError(
                f'The latitude is {latitude_deg} degrees; UTM covers -80 to 84.')
        longitude = (longitude_deg + 180.0) % 360.0 - 180.0
        number = min(int((longitude + 180.0) // 6.0) + 1, 60)
        if 56.0 <= latitude_deg < 64.0 and 3.0 <= longitude < 12.0:
            number = 32
        elif latitude_deg >= 72.0 and 0.0 <= longitude < 42.0:
            number = next(zone for east, zone in SVALBARD_ZONES if longitude < east)
        return cls(number, latitude_deg >= 0.0)

    @property
    def epsg(self) -> int:
        """Return the EPSG code of the zone."""
        return (32600 if self.is_northern else 32700) + self.number

    def utm_from_geodetic(self, latitude_deg,
                          longitude_deg) -> tuple[np.ndarray, np.ndarray]:
        """
        Return grid coordinates in this zone, also for places of a neighbouring one.

        :param latitude_deg: scalar or array [deg].
        :param longitude_deg: scalar or array [deg].
        :return: easting and northing, float64 [m].
        :raises GeometryError: when a place cannot be projected.
        """
        east, north = _transformer(self.epsg).transform(
            np.asarray(longitude_deg, dtype=np.float64),
            np.asarray(latitude_deg, dtype=np.float64))
        if not (np.all(np.isfinite(east)) and np.all(np.isfinite(north))):
            raise GeometryError(f'A place cannot be projected to UTM zone {self}.')
        return east, north

    def geodetic_from_utm(self, easting, northing) -> tuple[np.ndarray, np.ndarray]:
        """
        Return geodetic coordinates of grid ones.

        :param easting: scalar or array [m].
        :param northing: scalar or array [m].
        :return: latitude and longitude, float64 [deg].
        :raises GeometryError: when a point does not lie on Earth.
        """
        longitude, latitude = _transformer(self.epsg).transform(
            np.asarray(easting, dtype=np.float64), np.asarray(northing, dtype=np.float64),
            direction='INVERSE')
        if not (np.all(np.isfinite(latitude)) and np.all(np.isfinite(longitude))):
            raise GeometryError(f'A point of UTM zone {self} does not lie on Earth.')
        return latitude, longitude

    def convergence(self, latitude_deg: float, longitude_deg: float) -> float:
        """
        Return the meridian convergence at a place: how far the grid is turned against true north.

        A yaw in the grid minus the convergence is the yaw in the true east-north-up frame there.

        :return: [rad].
        """
        factors = Proj(CRS.from_epsg(self.epsg)).get_factors(longitude_deg, latitude_deg)
        return float(np.radians(factors.meridian_convergence))

    def __str__(self) -> str:
        """Return the usual name, for instance 32N."""
        return f'{self.number}{"N" if self.is_northern else "S"}'


@lru_cache(maxsize=128)
def _transformer(epsg):
    """Return the transformer from WGS84 (longitude first) to a zone."""
    return Transformer.from_crs(4326, epsg, always_xy=True)
