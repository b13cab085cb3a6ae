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

from xview_loc.errors import ConfigurationError, DataSetError
from xview_loc.learning.data.city_days import Days, photo_and_drive
from xview_loc.learning.data.city_places import Spread
from xview_loc.learning.data.city_views import CityViews, ground_camera
from xview_loc.learning.data.simulated_pairs import (
    Heading, simulated_pairs, SimulatedPairSettings)
from xview_loc.matching.model_records import GroundInput, SatelliteInput
from xview_loc.simulation.scenario import get_scenario
from xview_loc.simulation.write_scenario import make_world

SATELLITE = SatelliteInput(64, 0.8)
PANORAMA = GroundInput('equirectangular', (24, 96), 360.0, 45.0, -45.0)
FORWARD = GroundInput('pinhole', (32, 64), 80.0)
SETTINGS = SimulatedPairSettings(
    SATELLITE, PANORAMA, tiles=2, views=2, offset_m=20.0, heading=Heading.ANY)


@pytest.fixture(scope='module')
def world():
    """Return the city with coarse ground, built once."""
    return make_world(replace(get_scenario('urban'), metres_per_pixel=0.4), SETTINGS.seed)


@pytest.fixture(scope='module')
def pairs(world):
    """Return two tiles with two views each."""
    return simulated_pairs(SETTINGS, world=world)


@pytest.fixture(scope='module')
def videos(world):
    """Return two short videos along the road, and what the renderer told about progress."""
    told = []
    return simulated_pairs(
        SimulatedPairSettings(SATELLITE, FORWARD, tiles=2, heading=Heading.ROAD, frames=3,
                              camera_height_m=1.65),
        lambda done, total: told.append((done, total)), world), told


def test_views_share_a_tile_and_stand_at_different_places(pairs) -> None:
    assert len(pairs) == 4 and pairs.identifiers == ('0.0', '0.1', '1.0', '1.1')
    first, second, third, _ = pairs.samples
    assert np.array_equal(first.satellite, second.satellite)
    assert not np.array_equal(first.satellite, third.satellite)
    assert first.satellite.shape == (64, 64, 3) and first.ground.shape == (24, 96, 3)
    assert abs(first.ground.astype(float) - second.ground).mean() > 5
    for sample in pairs.samples:
        assert max(abs(sample.east_m), abs(sample.north_m)) <= 20.0
        assert sample.satellite.std() > 10 and sample.ground.std() > 10
    centres = pairs.positions - [[sample.east_m, sample.north_m] for sample in pairs.samples]
    np.testing.assert_allclose(centres[0], centres[1])
    assert np.linalg.norm(centres[0] - centres[2]) > 64 * 0.8
    assert len({sample.heading for sample in pairs.samples}) == 4


def test_the_same_settings_give_the_same_bytes(pairs) -> None:
    again = simulated_pairs(SETTINGS, world=make_world(
        replace(get_scenario('urban'), metres_per_pixel=0.4), SETTINGS.seed))
    for first, second in zip(pairs.samples, again.samples):
        assert np.array_equal(first.ground, second.ground)
        assert np.array_equal(first.satellite, second.satellite)
        assert (first.east_m, first.north_m) == (second.east_m, second.north_m)


def test_views_in_the_corners_leave_no_answer_that_is_near_to_many(world) -> None:
    corners = simulated_pairs(replace(
        SETTINGS, tiles=1, views=8, offset_m=24.0, least_offset_m=18.0), world=world)
    offsets = np.array([[sample.east_m, sample.north_m] for sample in corners.samples])
    assert (abs(offsets) >= 18.0).all() and (abs(offsets) <= 24.0).all()
    assert len(np.unique(np.sign(offsets), axis=0)) == 4
    east, north = np.meshgrid(*[np.arange(-25.6, 25.6, 0.4)] * 2)
    near = np.hypot(east[..., None] - offsets[:, 0], north[..., None] - offsets[:, 1]) < 18.0
    assert near.sum(axis=2).max() == 2


def test_a_panorama_turns_with_its_heading(world) -> None:
    _, drive = photo_and_drive(Days.SCENARIO, SETTINGS.seed)
    views = CityViews(world.city, PANORAMA, 2.0, drive)
    place = world.city.layout.route.at(50.0)
    north = views.view(place, 0.5 * math.pi).astype(float)
    errors = [abs(np.roll(views.view(place, 1.0), shift, axis=1) - north).mean()
              for shift in range(96)]
    # the centre column looks east of north by pi / 2 - 1, so that north lies left of it
    turn = 2 * math.pi * int(np.argmin(errors)) / 96
    assert turn == pytest.approx(0.5 * math.pi - 1.0, abs=2 * math.pi / 96)


def test_tiles_keep_apart_or_there_are_too_few_places(world) -> None:
    few = replace(SETTINGS, tiles=6, views=1, offset_m=0.0, apart_m=60.0)
    centres = simulated_pairs(few, world=world).positions
    away = np.linalg.norm(centres[:, None] - centres, axis=2) + 1e3 * np.eye(6)
    assert away.min() >= 60.0
    with pytest.raises(DataSetError, match='are 500 m apart; 6 were asked for'):
        simulated_pairs(replace(few, apart_m=500.0), world=world)


def test_cities_of_one_data_set_are_others_and_far_apart() -> None:
    settings = replace(SETTINGS, tiles=3, views=1, offset_m=0.0, spread=Spread.ROADS, cities=2,
                       ground_m=0.4)
    pairs = simulated_pairs(settings)
    assert pairs.identifiers == ('0.0', '1.0', '2.0', '3.0', '4.0', '5.0')
    east = pairs.positions[:, 0]
    assert (abs(east[:3]) < 1000.0).all() and (abs(east[3:] - 10_000.0) < 1000.0).all()
    alone = simulated_pairs(replace(settings, cities=1, seed=SETTINGS.seed + 1000))
    assert np.array_equal(alone.samples[0].ground, pairs.samples[3].ground)
    assert not np.array_equal(pairs.samples[0].satellite, pairs.samples[3].satellite)


def test_a_city_on_another_day_shows_the_same_places_in_other_colours(world, pairs) -> None:
    varied = simulated_pairs(replace(SETTINGS, days=Days.VARIED), world=world)
    np.testing.assert_array_equal(varied.positions, pairs.positions)
    for first, second in zip(pairs.samples, varied.samples):
        for name in ('ground', 'satellite'):
            before, after = (getattr(sample, name).astype(float) for sample in (first, second))
            assert abs(before.mean(axis=(0, 1)) - after.mean(axis=(0, 1))).max() > 5.0
            edges = [np.diff(image.mean(axis=2), axis=1).ravel() for image in (before, after)]
            assert np.corrcoef(edges)[0, 1] > 0.5


def test_videos_drive_straight_along_the_road(videos) -> None:
    pairs, told = videos
    assert told == [(1, 2), (2, 2)]
    for sample in pairs.samples:
        assert (sample.east_m, sample.north_m) == (0.0, 0.0)
        motion = sample.sequence.motion
        np.testing.assert_allclose(motion[0, :2], 0.0)
        np.testing.assert_allclose(np.linalg.norm(np.diff(motion[:, :2], axis=0), axis=1), 3.0)
        assert math.cos(motion[0, 2] - sample.yaw) == pytest.approx(1.0)
        ahead = [math.cos(sample.yaw), math.sin(sample.yaw)]
        assert motion[1, :2] @ ahead == pytest.approx(-3.0)
        assert np.array_equal(sample.sequence.images[0], sample.ground)
        assert abs(sample.sequence.images[1].astype(float) - sample.ground).mean() > 1


def test_blacked_out_pairs_differ_in_their_images_alone(videos) -> None:
    pairs, _ = videos
    for before, after in zip(pairs.samples, pairs.blacked_out().samples):
        assert not after.ground.any() and not any(map(np.any, after.sequence.images))
        assert after.ground.shape == before.ground.shape
        assert np.array_equal(after.satellite, before.satellite)
        assert np.array_equal(after.sequence.motion, before.sequence.motion)


def test_cameras_have_the_edges_that_were_asked_for() -> None:
    camera = ground_camera(GroundInput('equirectangular', (24, 96), 360.0, 30.0, -15.0))
    upper = camera.rays(np.array([47.5, -0.5]))
    lower = camera.rays(np.array([47.5, 23.5]))
    assert math.degrees(math.asin(-upper[1])) == pytest.approx(30.0)
    assert math.degrees(math.asin(-lower[1])) == pytest.approx(-15.0)
    forward = ground_camera(FORWARD)
    left = forward.rays(np.array([-0.5, 15.5]))
    assert math.degrees(math.atan2(left[0], left[2])) == pytest.approx(-40.0)


@pytest.mark.parametrize(('changes', 'message'), [
    ({'tiles': 0}, 'at least one of each'), ({'offset_m': 26.0}, 'below half a tile, 25.6'),
    ({'least_offset_m': 21.0}, 'from 0 to it'),
    ({'frames': 2}, 'pinhole'), ({'cities': 0}, '0 cities'), ({'ground_m': -1.0}, 'ground_m')])
def test_what_cannot_be_drawn_is_refused(changes, message) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(SETTINGS, **changes)
