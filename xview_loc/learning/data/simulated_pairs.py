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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, unique
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import ConfigurationError, DataSetError
from xview_loc.learning.data.city_days import Days, photo_and_drive
from xview_loc.learning.data.city_places import (
    CORNERS, is_covered, Offsets, Place, places_on_roads, places_on_route, Spread)
from xview_loc.learning.data.city_views import CityTiles, CityViews
from xview_loc.learning.data.cross_view_sample import CrossViewSample, FrameSequence
from xview_loc.matching.model_records import GroundInput, SatelliteInput
from xview_loc.simulation.city import City
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import make_world, World

ATTEMPTS = 10_000
# Cities of one data set are told apart by their place, and by seeds that no other data set has.
CITY_SPACING_M = 10_000.0
CITY_SEEDS = 1000


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
    :param tiles: number of tiles in each city.
    :param views: ground images in each tile.
    :param offset_m: largest distance east and north of a camera from its tile's centre, anywhere
        but in buildings; 0 puts it in the centre [m].
    :param least_offset_m: smallest distance in both directions: the views of a tile are then in
        its four corners in turn, and no answer is nearer than this to more than a quarter [m].
    :param apart_m: least distance of the tiles' centres [m].
    :param spread: where the tiles lie.
    :param heading: of the cameras.
    :param camera_height_m: above the ground [m].
    :param frames: of a sequence, 1 for single images.
    :param frame_step_m: distance between the frames of a sequence [m].
    :param scenario: whose city it is.
    :param days: light, season and sensors.
    :param cities: number of cities; the others have the seeds 1000, 2000, ... above this one, and
        their positions are 10 km apart.
    :param ground_m: cell of the ground raster [m]; that of the scenario where it is 0.
    :param seed: of everything random.
    """

    satellite: SatelliteInput
    ground: GroundInput
    tiles: int = 32
    views: int = 1
    offset_m: float = 0.0
    least_offset_m: float = 0.0
    apart_m: float = 0.0
    spread: Spread = Spread.ROUTE
    heading: Heading = Heading.NORTH
    camera_height_m: float = 2.0
    frames: int = 1
    frame_step_m: float = 3.0
    scenario: str = 'urban'
    days: Days = Days.SCENARIO
    cities: int = 1
    ground_m: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if min(self.tiles, self.views, self.frames, self.cities) < 1:
            raise ConfigurationError(
                f'{self.cities} cities, {self.tiles} tiles, {self.views} views and '
                f'{self.frames} frames; there must be at least one of each.')
        if not self.ground_m >= 0.0:
            raise ConfigurationError(f'ground_m is {self.ground_m}; it must be at least 0.')
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
    :param world: the first city, where it is at hand.
    :raises DataSetError: when a city has too few places.
    """
    total = settings.cities * settings.tiles * settings.views
    samples: list[CrossViewSample] = []
    for number in range(settings.cities):
        own = replace(settings, seed=settings.seed + CITY_SEEDS * number)
        shift = np.array([CITY_SPACING_M * number, 0.0])
        for sample in _of_city(own, world if number == 0 and world else _world(own)):
            identifier = f'{len(samples) // settings.views}.{len(samples) % settings.views}'
            place = np.array(sample.position) + shift
            samples.append(replace(
                sample, identifier=identifier, position=(float(place[0]), float(place[1]))))
            progress(len(samples), total)
    return SimulatedPairs(samples, f'simulated {settings.scenario}')


def _world(settings: SimulatedPairSettings) -> World:
    """Build a city."""
    scenario = get_scenario(settings.scenario)
    if settings.ground_m > 0.0:
        scenario = replace(scenario, metres_per_pixel=settings.ground_m)
    return make_world(scenario, settings.seed)


def _of_city(settings: SimulatedPairSettings, world: World) -> Iterator[CrossViewSample]:
    """Render the pairs of one city."""
    photo, drive = photo_and_drive(settings.days, settings.seed)
    tiles = CityTiles(world.city, settings.satellite, photo)
    views = CityViews(world.city, settings.ground, settings.camera_height_m, drive)
    rng = np.random.default_rng([settings.seed, 71])
    for centre, road in _places(world.city, settings):
        tile = tiles.tile(centre)
        for view in range(settings.views):
            place = _place(world.city, centre, settings, view, rng)
            yaw = _yaw(settings.heading, road, rng)
            yield _sample(settings, views, tile, place, place - centre, yaw)


def _sample(
        settings: SimulatedPairSettings, views: CityViews, tile: np.ndarray,
        place: np.ndarray, offset: np.ndarray, yaw: float) -> CrossViewSample:
    """Render one ground image, or a sequence that drove straight ahead."""
    ahead = np.array([math.cos(yaw), math.sin(yaw)])
    behind = [-frame * settings.frame_step_m * ahead for frame in range(settings.frames)]
    images = tuple(views.view(place + step, yaw) for step in behind)
    motion = np.array([(*step, yaw) for step in behind])
    return CrossViewSample(
        '', images[0], tile, settings.satellite.metres_per_pixel, float(offset[0]),
        float(offset[1]), 0.5 * math.pi - yaw, (float(place[0]), float(place[1])), views.camera,
        sequence=FrameSequence(images, motion) if settings.frames > 1 else None)


def _yaw(kind: Heading, road: float, rng: np.random.Generator) -> float:
    """Return a yaw, counter-clockwise from east [rad]."""
    if kind is Heading.NORTH:
        return 0.5 * math.pi
    return road if kind is Heading.ROAD else float(rng.uniform(-math.pi, math.pi))


def _places(city: City, settings: SimulatedPairSettings) -> list[Place]:
    """Return the middles of the tiles."""
    offsets = Offsets(settings.least_offset_m, settings.offset_m)
    try:
        if settings.spread is Spread.ROUTE:
            return places_on_route(city, settings.tiles, settings.apart_m, offsets)
        return places_on_roads(
            city, settings.tiles, settings.apart_m, offsets, 0.5 * settings.satellite.extent_m,
            np.random.default_rng([settings.seed, 72]))
    except DataSetError as error:
        raise DataSetError(f'{settings.scenario}: {error}') from error


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
        if not is_covered(city, centre + away):
            return centre + away
    raise DataSetError(f'no free place within {settings.offset_m} m of {centre}.')
