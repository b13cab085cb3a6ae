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


"""Pairs from the simulated city, for training code that is to be tried without a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, unique
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import ConfigurationError, DataSetError
from xview_loc.learning.data.city_views import CityTiles, CityViews
from xview_loc.learning.data.cross_view_sample import CrossViewSample, FrameSequence
from xview_loc.matching.model_records import GroundInput, SatelliteInput
from xview_loc.simulation.city import City
from xview_loc.simulation.write_scenario import make_world, World

CLEARANCE_M = 1.5
ATTEMPTS = 10_000
# Candidates on the route for each tile, and points along a side of a corner that are tried.
DENSITY = 8
GRID = 5
CORNERS = np.array([(1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0)])


@unique
class Heading(Enum):
    """Where the cameras look: north, along the road, or anywhere."""

    NORTH = 'north'
    ROAD = 'road'
    ANY = 'any'


@dataclass(frozen=True)
class SimulatedPairSettings:
    """
    What to simulate.

    :param satellite: tiles.
    :param ground: images.
    :param tiles: number of tiles, spread along the route.
    :param views: ground images in each tile.
    :param offset_m: largest distance east and north of a camera from its tile's centre, anywhere
        but in buildings; 0 puts it in the centre [m].
    :param least_offset_m: smallest distance in both directions: the views of a tile are then in
        its four corners in turn, and no answer is nearer than this to more than a quarter [m].
    :param apart_m: least distance of the tiles' centres [m].
    :param heading: of the cameras.
    :param camera_height_m: above the ground [m].
    :param frames: of a sequence, 1 for single images.
    :param frame_step_m: distance between the frames of a sequence [m].
    :param scenario: whose city it is.
    :param seed: of everything random.
    """

    satellite: SatelliteInput
    ground: GroundInput
    tiles: int = 32
    views: int = 1
    offset_m: float = 0.0
    least_offset_m: float = 0.0
    apart_m: float = 0.0
    heading: Heading = Heading.NORTH
    camera_height_m: float = 2.0
    frames: int = 1
    frame_step_m: float = 3.0
    scenario: str = 'urban'
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if min(self.tiles, self.views, self.frames) < 1:
            raise ConfigurationError(
                f'{self.tiles} tiles, {self.views} views and {self.frames} frames; there must be '
                'at least one of each.')
        if not 0.0 <= self.least_offset_m <= self.offset_m < 0.5 * self.satellite.extent_m:
            raise ConfigurationError(
                f'offset_m is {self.offset_m} and least_offset_m {self.least_offset_m}; offset_m '
                f'must lie below half a tile, {0.5 * self.satellite.extent_m:g}, and '
                'least_offset_m from 0 to it.')
        if self.frames > 1 and self.ground.projection != 'pinhole':
            raise ConfigurationError('sequences are of pinhole cameras; frames must be 1.')


class SimulatedPairs:
    """
    A small data set in memory; satisfies :class:`.pair_source.PairSource`.

    :param samples: the pairs.
    :param name: for tables and messages.
    """

    def __init__(self, samples: Sequence[CrossViewSample], name: str = 'simulated') -> None:
        self.samples = tuple(samples)
        self.name = name
        self.identifiers = tuple(sample.identifier for sample in self.samples)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.samples)

    @property
    def positions(self) -> np.ndarray:
        """Return ``(N, 2)`` float64 east and north of the cameras in ``map`` [m]."""
        return np.array([sample.position for sample in self.samples])

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """Return a pair, always the same."""
        return self.samples[index]

    def files(self, index: int) -> tuple[Path, ...]:
        """Return no file: the pairs are not read from any."""
        return ()

    def blacked_out(self) -> SimulatedPairs:
        """Return the same pairs as a covered lens sees them, to tell what the tiles alone say."""
        def black(sample: CrossViewSample) -> CrossViewSample:
            image = np.zeros_like(sample.ground)
            sequence = sample.sequence and replace(
                sample.sequence, images=(image,) * len(sample.sequence.images))
            return replace(sample, ground=image, sequence=sequence)

        return SimulatedPairs([black(sample) for sample in self.samples], f'{self.name}, black')


def simulated_pairs(
        settings: SimulatedPairSettings,
        progress: Callable[[int, int], None] = lambda done, total: None,
        world: World | None = None) -> SimulatedPairs:
    """
    Render pairs; the same settings give the same pairs.

    The tiles show the city on the day of the photograph, the images on the day of the drive.

    :param settings: what to simulate.
    :param progress: told how many pairs are done and how many there are.
    :param world: of the scenario and seed, where it is at hand.
    :raises DataSetError: when the city has too few places.
    """
    world = world or make_world(settings.scenario, settings.seed)
    route = world.city.layout.route
    stations = _stations(world.city, settings)
    tiles = CityTiles(world.city, settings.satellite)
    views = CityViews(world.city, settings.ground, settings.camera_height_m)
    rng = np.random.default_rng([settings.seed, 71])
    samples = []
    for number, station in enumerate(stations):
        centre = route.at(station)
        tile = tiles.tile(centre)
        for view in range(settings.views):
            place = _place(world.city, centre, settings, view, rng)
            yaw = _yaw(settings.heading, float(route.yaw_at(station)), rng)
            samples.append(_sample(
                f'{number}.{view}', settings, views, tile, place, place - centre, yaw))
            progress(len(samples), settings.tiles * settings.views)
    return SimulatedPairs(samples, f'simulated {settings.scenario}')


def _sample(
        identifier: str, settings: SimulatedPairSettings, views: CityViews, tile: np.ndarray,
        place: np.ndarray, offset: np.ndarray, yaw: float) -> CrossViewSample:
    """Render one ground image, or a sequence that drove straight ahead."""
    ahead = np.array([math.cos(yaw), math.sin(yaw)])
    behind = [-frame * settings.frame_step_m * ahead for frame in range(settings.frames)]
    images = tuple(views.view(place + step, yaw) for step in behind)
    motion = np.array([(*step, yaw) for step in behind])
    return CrossViewSample(
        identifier, images[0], tile, settings.satellite.metres_per_pixel, float(offset[0]),
        float(offset[1]), 0.5 * math.pi - yaw, (float(place[0]), float(place[1])), views.camera,
        sequence=FrameSequence(images, motion) if settings.frames > 1 else None)


def _yaw(kind: Heading, road: float, rng: np.random.Generator) -> float:
    """Return a yaw, counter-clockwise from east [rad]."""
    if kind is Heading.NORTH:
        return 0.5 * math.pi
    return road if kind is Heading.ROAD else float(rng.uniform(-math.pi, math.pi))


def _stations(city: City, settings: SimulatedPairSettings) -> list[float]:
    """Return where on the route the tiles lie; the route may pass a place twice."""
    route = city.layout.route
    stations: list[float] = []
    step = route.length / (DENSITY * settings.tiles)
    for station in np.arange(DENSITY * settings.tiles) * step:
        due = settings.apart_m > 0.0 or station >= (len(stations) + 0.5) * DENSITY * step
        away = [math.dist(route.at(other), route.at(station)) for other in stations]
        if (due and min(away, default=math.inf) >= settings.apart_m
                and _has_places(city, route.at(station), settings)):
            stations.append(float(station))
        if len(stations) == settings.tiles:
            break
    else:
        raise DataSetError(
            f'{settings.scenario} has {len(stations)} places for tiles that are '
            f'{settings.apart_m:g} m apart; {settings.tiles} were asked for.')
    return stations


def _has_places(city: City, centre: np.ndarray, settings: SimulatedPairSettings) -> bool:
    """Return whether every corner of a tile has free places where corners are asked for."""
    if settings.least_offset_m == 0.0:
        return True
    steps = np.linspace(settings.least_offset_m, settings.offset_m, GRID)
    return all(any(not _covered(city, centre + corner * (east, north)) for east in steps
                   for north in steps) for corner in CORNERS)


def _place(
        city: City, centre: np.ndarray, settings: SimulatedPairSettings, view: int,
        rng: np.random.Generator) -> np.ndarray:
    """Draw a place around a tile's centre that no building stands on."""
    if settings.offset_m == 0.0:
        return centre
    for _ in range(ATTEMPTS):
        if settings.least_offset_m > 0.0:
            away = CORNERS[view % 4] * rng.uniform(settings.least_offset_m, settings.offset_m, 2)
        else:
            away = rng.uniform(-settings.offset_m, settings.offset_m, 2)
        if not _covered(city, centre + away):
            return centre + away
    raise DataSetError(f'no free place within {settings.offset_m} m of {centre}.')


def _covered(city: City, place: np.ndarray) -> bool:
    """Return whether a place lies in a building or right beside one."""
    for building in city.buildings:
        pose = building.pose
        cosine, sine, away = math.cos(pose.yaw), math.sin(pose.yaw), place - (pose.x, pose.y)
        if (abs(cosine * away[0] + sine * away[1]) < 0.5 * building.length + CLEARANCE_M
                and abs(cosine * away[1] - sine * away[0]) < 0.5 * building.depth + CLEARANCE_M):
            return True
    return False
