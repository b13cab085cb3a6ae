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

"""UTM zones, with their exceptions, and coordinates in them."""

import math

import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.utm import UtmZone


@pytest.mark.parametrize('latitude, longitude, name', [
    (48.14, 11.58, '32N'), (43.64, -79.39, '17N'), (-36.85, 174.76, '60S'), (0.0, 0.0, '31N'),
    (-0.001, 5.999, '31S'), (10.0, 6.0, '32N'), (10.0, 180.0, '1N'), (10.0, -180.0, '1N'),
    (10.0, 179.999, '60N'), (10.0, 370.0, '32N'),
    (60.39, 5.32, '32N'), (55.99, 5.32, '31N'), (64.0, 5.32, '31N'), (60.39, 2.99, '31N'),
    (78.22, 8.99, '31N'), (78.22, 9.0, '33N'), (78.22, 15.65, '33N'), (78.22, 21.0, '35N'),
    (78.22, 33.0, '37N'), (78.22, 41.9, '37N'), (78.22, 42.0, '38N'), (71.99, 8.0, '32N')])
def test_the_zone_of_a_place(latitude, longitude, name):
    assert str(UtmZone.containing(latitude, longitude)) == name


@pytest.mark.parametrize('latitude', [84.01, -80.01, math.nan])
def test_the_poles_have_no_zone(latitude):
    with pytest.raises(GeometryError, match='-80 to 84'):
        UtmZone.containing(latitude, 0.0)


@pytest.mark.parametrize('number', [0, 61])
def test_there_are_sixty_zones(number):
    with pytest.raises(GeometryError, match='1 to 60'):
        UtmZone(number, True)


def test_a_published_place_has_its_published_coordinates():
    # CN Tower, Toronto: 17N 630084 E 4833438 N.
    east, north = UtmZone(17, True).utm_from_geodetic(43.642567, -79.387139)

    assert (east, north) == pytest.approx((630084.0, 4833438.0), abs=1.0)


def test_southern_northings_count_from_ten_thousand_kilometres_below_the_equator():
    _, north = UtmZone.containing(-0.01, 3.0).utm_from_geodetic(-0.01, 3.0)

    assert north == pytest.approx(1e7 - 1105.3, abs=1.0)
    assert UtmZone(31, False).epsg == 32731


def test_coordinates_come_back_also_from_the_neighbouring_zone():
    latitude, longitude = np.array([48.0, 48.2]), np.array([5.9, 6.1])
    zone = UtmZone.containing(48.0, 5.9)

    again = zone.geodetic_from_utm(*zone.utm_from_geodetic(latitude, longitude))

    np.testing.assert_allclose(again, (latitude, longitude), atol=1e-9)


def test_true_north_is_turned_by_the_convergence():
    zone = UtmZone(32, True)
    east, north = zone.utm_from_geodetic([49.0, 49.001], [12.0, 12.0])
    yaw_of_north = math.atan2(north[1] - north[0], east[1] - east[0])

    assert zone.convergence(49.0, 12.0) == pytest.approx(yaw_of_north - math.pi / 2, abs=1e-5)
    assert math.degrees(zone.convergence(49.0, 12.0)) == pytest.approx(2.26, abs=0.01)


def test_places_that_are_not_finite_are_refused():
    with pytest.raises(GeometryError, match='32N'):
        UtmZone(32, True).utm_from_geodetic(math.nan, 11.0)
    with pytest.raises(GeometryError, match='32N'):
        UtmZone(32, True).geodetic_from_utm(math.inf, 0.0)
