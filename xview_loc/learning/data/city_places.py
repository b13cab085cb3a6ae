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

"""Where in a simulated city the tiles of a data set lie."""

from __future__ import annotations

from enum import Enum, unique
import math
from typing import NamedTuple

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.simulation.city import City

CLEARANCE_M = 1.5
DENSITY = 8
STEP_M = 1.0
GRID = 5
CORNERS = np.array([(1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0)])


@unique
class Spread(Enum):
    """Where tiles lie: along the route of the scenario, or on all its roads."""

    ROUTE = 'route'
    ROADS = 'roads'


class Place(NamedTuple):
    """
    The middle of a tile.

    :param centre: ``(2,)`` east and north in ``map`` [m].
    :param yaw: of the lane there, counter-clockwise from east [rad].
    """

    centre: np.ndarray
    yaw: float


class Offsets(NamedTuple):
    """
    How far from a tile's centre cameras may stand, east and north.

    :param least_m: smallest distance in both directions [m].
    :param most_m: largest distance in both directions [m].
    """

    least_m: float
    most_m: float


def places_on_route(city: City, count: int, apart_m: float, offsets: Offsets) -> list[Place]:
    """
    Return places at even steps along the route, which may pass a place twice.

    :param city: with the route.
    :param count: of places.
    :param apart_m: least distance of two places [m].
    :param offsets: of the cameras, for which there must be room.
    :raises DataSetError: when the route is too short.
    """
    route = city.layout.route
    places: list[Place] = []
    step = route.length / (DENSITY * count)
    for station in np.arange(DENSITY * count) * step:
        due = apart_m > 0.0 or station >= (len(places) + 0.5) * DENSITY * step
        centre = route.at(station)
        if due and _apart(centre, places, apart_m) and has_room(city, centre, offsets):
            places.append(Place(centre, float(route.yaw_at(station))))
        if len(places) == count:
            return places
    raise _too_few(places, count, apart_m, 'along the route')


def places_on_roads(city: City, count: int, apart_m: float, offsets: Offsets, margin_m: float,
                    rng: np.random.Generator) -> list[Place]:
    """
    Return places in the right lane of all roads, both ways, at random.

    :param city: with the roads.
    :param count: of places.
    :param apart_m: least distance of two places [m].
    :param offsets: of the cameras, for which there must be room.
    :param margin_m: least distance from the border of the city [m].
    :param rng: draws the places.
    :raises DataSetError: when the roads are too short.
    """
    lanes = _lanes(city, margin_m)
    places: list[Place] = []
    for index in rng.permutation(len(lanes)):
        place = lanes[index]
        if _apart(place.centre, places, apart_m) and has_room(city, place.centre, offsets):
            places.append(place)
        if len(places) == count:
            return places
    raise _too_few(places, count, apart_m, 'on the roads')


def has_room(city: City, centre: np.ndarray, offsets: Offsets) -> bool:
    """
    Return whether every corner of a tile has free places where corners are asked for.

    :param city: with the buildings.
    :param centre: ``(2,)`` of the tile [m].
    :param offsets: of the cameras.
    """
    if offsets.least_m == 0.0:
        return True
    steps = np.linspace(offsets.least_m, offsets.most_m, GRID)
    return all(any(not is_covered(city, centre + corner * (east, north)) for east in steps
                   for north in steps) for corner in CORNERS)


def is_covered(city: City, place: np.ndarray) -> bool:
    """
    Return whether a place lies in a building or right beside one.

    :param city: with the buildings.
    :param place: ``(2,)`` east and north [m].
    """
    for building in city.buildings:
        pose = building.pose
        cosine, sine, away = math.cos(pose.yaw), math.sin(pose.yaw), place - (pose.x, pose.y)
        if (abs(cosine * away[0] + sine * away[1]) < 0.5 * building.length + CLEARANCE_M
                and abs(cosine * away[1] - sine * away[0]) < 0.5 * building.depth + CLEARANCE_M):
            return True
    return False


def _lanes(city: City, margin_m: float) -> list[Place]:
    """Return every metre of the outer lanes of all roads, in their directions of travel."""
    west, south, east, north = city.layout.bounds
    lanes = []
    for road in city.layout.roads:
        for side in ((0.0,) if road.one_way else (0.0, math.pi)):
            sign = 1.0 if side == 0.0 else -1.0
            lane = road.centre.offset(sign * road.lane_offset())
            stations = np.arange(0.0, lane.length, STEP_M)
            for (x, y), yaw in zip(lane.at(stations), lane.yaw_at(stations)):
                if (west + margin_m <= x <= east - margin_m
                        and south + margin_m <= y <= north - margin_m):
                    lanes.append(Place(np.array([x, y]), float(yaw + side)))
    return lanes


def _apart(centre: np.ndarray, places: list[Place], apart_m: float) -> bool:
    """Return whether a place keeps its distance from others."""
    if not places or apart_m == 0.0:
        return True
    offsets = np.array([place.centre for place in places]) - centre
    return bool((np.hypot(*offsets.T) >= apart_m).all())


def _too_few(places: list[Place], count: int, apart_m: float, where: str) -> DataSetError:
    return DataSetError(
        f'there are {len(places)} places {where} for tiles that are {apart_m:g} m apart; '
        f'{count} were asked for.')
