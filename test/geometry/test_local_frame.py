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

"""The map frame is PROJ's topocentric frame, everywhere on Earth."""

import math

import numpy as np
from pyproj import Geod, Transformer
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.local_frame import earth_from_geodetic, geodetic_from_earth, LocalFrame

PLACES = [(48.137, 11.575), (0.0, 0.0), (-33.86, 151.2), (37.76, -122.48), (71.1, 25.78),
          (89.5, 10.0), (-89.99, -60.0), (-17.8, 179.99), (52.0, -179.999), (-0.05, -180.0)]
DATUM_HEIGHT = 512.0


def topocentric(latitude_deg: float, longitude_deg: float) -> Transformer:
    """Return PROJ's pipeline from longitude, latitude, height to east, north, up."""
    return Transformer.from_pipeline(
        '+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad '
        '+step +proj=cart +ellps=WGS84 +step +proj=topocentric +ellps=WGS84 '
        f'+lat_0={latitude_deg} +lon_0={longitude_deg} +h_0={DATUM_HEIGHT}')


def disc(radius_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points spread over a disc, its rim included."""
    angle, distance = np.meshgrid(np.linspace(0.0, 2.0 * math.pi, 25), (1.0, 700.0, radius_m))
    return distance.ravel() * np.cos(angle.ravel()), distance.ravel() * np.sin(angle.ravel())


@pytest.mark.parametrize('place', PLACES)
def test_geodetic_points_to_twenty_kilometres_agree_with_the_topocentric_pipeline(place):
    frame = LocalFrame(*place, DATUM_HEIGHT)
    latitude, longitude, _ = frame.geodetic_from_map(*disc(20_000.0))
    height = np.linspace(-100.0, 3000.0, len(latitude))

    ours = frame.map_from_geodetic(latitude, longitude, height)

    expected = topocentric(*place).transform(longitude, latitude, height)
    np.testing.assert_allclose(ours, expected, atol=1e-6)


@pytest.mark.parametrize('place', PLACES)
def test_map_points_to_twenty_kilometres_agree_with_the_inverse_pipeline(place):
    x, y = disc(20_000.0)
    z = np.linspace(-500.0, 2000.0, len(x))

    latitude, longitude, height = LocalFrame(*place, DATUM_HEIGHT).geodetic_from_map(x, y, z)

    their_longitude, their_latitude, their_height = topocentric(*place).transform(
        x, y, z, direction='INVERSE')
    metres = 6.4e6 * math.pi / 180.0
    np.testing.assert_allclose(latitude * metres, their_latitude * metres, atol=1e-6)
    turn = (longitude - their_longitude + 180.0) % 360.0 - 180.0
    assert np.abs(turn * np.cos(np.radians(latitude)) * metres).max() < 1e-6
    np.testing.assert_allclose(height, their_height, atol=1e-6)


@pytest.mark.parametrize('place', PLACES)
def test_points_without_a_height_lie_at_the_height_of_the_datum_and_come_back(place):
    frame = LocalFrame(*place, DATUM_HEIGHT)
    x, y = disc(50_000.0 * (1.0 - 1e-9))

    latitude, longitude, height = frame.geodetic_from_map(x, y)
    again_x, again_y, _ = frame.map_from_geodetic(latitude, longitude)

    np.testing.assert_allclose(height, DATUM_HEIGHT, atol=1e-7)
    np.testing.assert_allclose((again_x, again_y), (x, y), atol=1e-7)


def test_the_largest_radius_keeps_the_stated_height_bound():
    frame = LocalFrame(45.0, 11.0, DATUM_HEIGHT, radius_m=200_000.0)

    _, _, height = frame.geodetic_from_map(*disc(199_999.0))

    assert np.abs(height - DATUM_HEIGHT).max() < 1e-5


def test_near_the_datum_x_is_east_and_y_is_north():
    longitude, latitude, _ = Geod(ellps='WGS84').fwd(
        [11.0, 11.0], [48.0, 48.0], [90.0, 0.0], [100.0, 100.0])

    x, y, z = LocalFrame(48.0, 11.0).map_from_geodetic(latitude, longitude)

    np.testing.assert_allclose(x, (100.0, 0.0), atol=1e-3)
    np.testing.assert_allclose(y, (0.0, 100.0), atol=1e-3)
    np.testing.assert_allclose(z, -100.0 ** 2 / (2.0 * 6.38e6), atol=1e-5)


def test_the_antimeridian_is_no_seam():
    frame = LocalFrame(-17.0, 179.999)

    x, _, _ = frame.map_from_geodetic([-17.0, -17.0], [179.9999, -179.9999])

    assert 0.0 < x[1] - x[0] < 25.0
    np.testing.assert_allclose(frame.map_from_geodetic(-17.0, -179.9999),
                               frame.map_from_geodetic(-17.0, 180.0001), atol=1e-7)


def test_scalars_give_scalars_and_arrays_keep_their_shape():
    frame = LocalFrame(48.0, 11.0)

    assert np.shape(frame.map_from_geodetic(48.0, 11.0)[0]) == ()
    assert np.shape(frame.geodetic_from_map(np.zeros((2, 3)), 5.0)[0]) == (2, 3)
    assert np.shape(frame.geodetic_from_map(np.zeros((0,)), np.zeros((0,)))[0]) == (0,)


def test_points_beyond_the_radius_are_refused_with_the_distance():
    frame = LocalFrame(48.0, 11.0, radius_m=1000.0)

    frame.geodetic_from_map(999.9, 0.0)
    with pytest.raises(GeometryError, match='1.1 km'):
        frame.geodetic_from_map([0.0, 1100.0], [0.0, 0.0])
    with pytest.raises(GeometryError, match='the map reaches 1.0 km'):
        frame.map_from_geodetic(48.01, 11.0)


def test_the_far_side_of_the_earth_is_not_near_the_datum():
    with pytest.raises(GeometryError):
        LocalFrame(48.0, 11.0).map_from_geodetic(-48.0, -169.0)


@pytest.mark.parametrize('point', [
    (math.nan, 11.0, 0.0), (48.0, math.inf, 0.0), (48.0, 11.0, math.nan)])
def test_points_that_are_not_finite_are_refused(point):
    with np.errstate(invalid='ignore'), pytest.raises(GeometryError, match='not finite'):
        LocalFrame(48.0, 11.0).map_from_geodetic(*point)


@pytest.mark.parametrize('datum', [
    (91.0, 0.0), (0.0, 361.0), (math.nan, 0.0), (0.0, 0.0, math.inf), (0.0, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 1e6)])
def test_a_datum_that_is_no_place_is_refused(datum):
    with pytest.raises(GeometryError):
        LocalFrame(*datum)


def test_frames_with_the_same_datum_are_equal():
    assert LocalFrame(10.0, 190.0) == LocalFrame(10.0, -170.0)
    assert LocalFrame(10.0, 190.0) != LocalFrame(10.0, 190.0, 1.0)


def test_earth_coordinates_come_back_at_the_poles_and_on_the_equator():
    latitude = np.array([90.0, -90.0, 0.0, 45.0])
    longitude = np.array([0.0, 0.0, -180.0, 90.0])
    height = np.array([0.0, 3000.0, -200.0, 100_000.0])

    again = geodetic_from_earth(*earth_from_geodetic(latitude, longitude, height))

    np.testing.assert_allclose(again[0], latitude, atol=1e-12)
    np.testing.assert_allclose(np.cos(np.radians(again[1] - longitude))[2:], 1.0)
    np.testing.assert_allclose(again[2], height, atol=1e-8)
