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

"""Tile mathematics agrees with mercantile and pyproj."""

import math

import mercantile
import numpy as np
from pyproj import Geod, Transformer
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.web_mercator import (
    geodetic_from_mercator, geodetic_from_tile_pixel, mercator_from_geodetic, metres_per_pixel,
    tile_pixel_from_geodetic, zoom_for_resolution)

PLACES = [(48.137, 11.575), (-33.86, 151.2), (0.0, 0.0), (84.9, -179.9), (-60.0, 179.99)]


@pytest.mark.parametrize('place', PLACES)
def test_projected_coordinates_are_those_of_epsg_3857(place):
    expected = Transformer.from_crs(4326, 3857, always_xy=True).transform(place[1], place[0])

    np.testing.assert_allclose(mercator_from_geodetic(*place), expected, atol=1e-6)
    np.testing.assert_allclose(geodetic_from_mercator(*expected), place, atol=1e-11)


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('tile_size', [256, 512])
def test_a_place_lies_in_the_tile_that_mercantile_names(place, tile_size):
    column, row = tile_pixel_from_geodetic(*place, 17, tile_size)

    tile = mercantile.tile(place[1], place[0], 17)
    assert (int(column // tile_size), int(row // tile_size)) == (tile.x, tile.y)


def test_the_corner_of_a_tile_is_a_whole_pixel():
    bounds = mercantile.bounds(69746, 45489, 17)

    column, row = tile_pixel_from_geodetic(bounds.north, bounds.west, 17)

    assert (column, row) == pytest.approx((69746 * 256, 45489 * 256), abs=1e-5)


def test_pixels_and_places_are_inverse_to_each_other_also_beyond_the_antimeridian():
    latitude, longitude = np.array([10.0, -60.0, 48.0]), np.array([179.9, 180.1, -180.2])

    column, row = tile_pixel_from_geodetic(latitude, longitude, 19)
    again = geodetic_from_tile_pixel(column, row, 19)

    assert column[1] > 2 ** 19 * 256 > column[0]
    np.testing.assert_allclose(again, (latitude, longitude), atol=1e-10)


@pytest.mark.parametrize('latitude', [0.0, 35.0, -60.0, 84.0])
def test_the_ground_size_of_a_pixel_is_within_the_stated_bounds(latitude):
    spherical = metres_per_pixel(latitude, 18)
    column, row = tile_pixel_from_geodetic(latitude, 7.0, 18)
    places = geodetic_from_tile_pixel(np.array([column, column + 1.0, column]),
                                      np.array([row, row, row + 1.0]), 18)

    geod = Geod(ellps='WGS84')
    east = geod.inv(places[1][0], places[0][0], places[1][1], places[0][1])[2]
    north = geod.inv(places[1][0], places[0][0], places[1][2], places[0][2])[2]
    assert -1e-6 < east / spherical - 1.0 < 0.0034
    assert -0.0068 < north / spherical - 1.0 < 0.0034


def test_the_zoom_is_the_lowest_that_is_fine_enough():
    zoom = zoom_for_resolution(48.0, 0.25)

    assert metres_per_pixel(48.0, zoom) <= 0.25 < metres_per_pixel(48.0, zoom - 1)
    assert zoom_for_resolution(48.0, metres_per_pixel(48.0, 15)) == 15
    assert zoom_for_resolution(0.0, 1e9) == 0


@pytest.mark.parametrize('latitude', [85.06, -89.0, math.nan])
def test_latitudes_beyond_the_projection_are_refused(latitude):
    with pytest.raises(GeometryError, match='85.0511'):
        tile_pixel_from_geodetic(latitude, 0.0, 10)
