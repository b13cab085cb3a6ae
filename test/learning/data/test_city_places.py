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

from dataclasses import replace
import math

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.city_places import (
    has_room, is_covered, Offsets, places_on_roads, places_on_route)
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import make_world

ANYWHERE = Offsets(0.0, 0.0)


@pytest.fixture(scope='module')
def city():
    """Return a city with coarse ground, built once."""
    return make_world(replace(get_scenario('urban'), metres_per_pixel=0.4), 0).city


def on_roads(city, count, apart_m=0.0, seed=0):
    """Return places 30 m inside the city."""
    return places_on_roads(city, count, apart_m, ANYWHERE, 30.0, np.random.default_rng(seed))


def test_places_on_roads_lie_in_right_lanes_of_all_roads_and_inside(city) -> None:
    places = on_roads(city, 300)
    centres = np.array([place.centre for place in places])
    west, south, east, north = city.layout.bounds
    assert centres[:, 0].min() >= west + 30 and centres[:, 0].max() <= east - 30
    assert centres[:, 1].min() >= south + 30 and centres[:, 1].max() <= north - 30
    distances = np.stack([road.centre.distance_to(centres) for road in city.layout.roads])
    own = distances.argmin(axis=0)
    assert len(set(own)) == len(city.layout.roads)
    # the centreline lies to the left of who keeps to the right
    left = centres + 0.5 * np.array([
        (-math.sin(place.yaw), math.cos(place.yaw)) for place in places])
    nearer = np.stack([road.centre.distance_to(left) for road in city.layout.roads])
    half_widths = np.array([road.lanes_half_width for road in city.layout.roads])
    on_right = (nearer < distances - 0.4) & (distances <= half_widths[:, None])
    assert on_right.any(axis=0).all()


def test_places_keep_apart_and_depend_on_their_seed_alone(city) -> None:
    first, again, other = (on_roads(city, 60, 12.0, seed) for seed in (0, 0, 1))
    centres = np.array([place.centre for place in first])
    away = np.linalg.norm(centres[:, None] - centres, axis=2) + 1e3 * np.eye(60)
    assert away.min() >= 12.0
    assert np.array_equal(centres, [place.centre for place in again])
    assert not np.array_equal(centres, [place.centre for place in other])


def test_places_on_the_route_are_evenly_spaced(city) -> None:
    places = places_on_route(city, 10, 0.0, ANYWHERE)
    route = city.layout.route
    stations = (np.arange(10) + 0.5) * route.length / 10
    np.testing.assert_allclose([place.centre for place in places], route.at(stations), atol=1e-6)
    assert [place.yaw for place in places] == pytest.approx(list(route.yaw_at(stations)))


def test_buildings_cover_their_place_and_leave_room_elsewhere(city) -> None:
    building = city.buildings[0]
    assert is_covered(city, np.array([building.pose.x, building.pose.y]))
    assert not is_covered(city, city.layout.route.at(50.0))
    assert not has_room(city, np.array([building.pose.x, building.pose.y]), Offsets(0.5, 1.0))


def test_too_many_places_are_refused_with_a_sentence(city) -> None:
    with pytest.raises(DataSetError, match='places on the roads .* 200 m apart; 50 were asked'):
        on_roads(city, 50, 200.0)
