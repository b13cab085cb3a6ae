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

"""The city is consistent: nothing stands where something else is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from street_world import bare, street_layout

from xview_loc.simulation.appearance import drive_day, photo_day
from xview_loc.simulation.city import build_city
from xview_loc.simulation.ground_texture import paint_ground
from xview_loc.simulation.map_drawing import fill_polygon
from xview_loc.simulation.orthophoto import render_orthophoto
from xview_loc.simulation.surface import Surface


@pytest.fixture(scope='module')
def city():
    """Return a small city."""
    return build_city(street_layout(np.random.default_rng(0)), 3, 0.2)


def covered(city, polygons):
    """Return how many polygons cover each cell."""
    count = np.zeros(city.geometry.shape, np.int32)
    for polygon in polygons:
        mask = np.zeros(city.geometry.shape, np.uint8)
        fill_polygon(mask, city.geometry, polygon, 255)
        count += mask > 127
    return count


def test_no_building_stands_on_a_road_or_sidewalk(city):
    built = covered(city, [building.footprint() for building in city.buildings])
    street = np.isin(city.surface.labels, [Surface.ASPHALT, Surface.KERB, Surface.SIDEWALK])
    assert len(city.buildings) >= 4
    assert not (street & (built > 0)).any()


def test_no_two_buildings_overlap(city):
    assert covered(city, [building.footprint() for building in city.buildings]).max() == 1


def test_no_tree_stands_in_a_building(city):
    for building in city.buildings:
        corners = building.footprint().astype(np.float32)
        for tree in city.trees:
            assert cv2.pointPolygonTest(corners, (tree.x, tree.y), False) < 0


def test_markings_lie_on_asphalt(city):
    painted = covered(city, city.markings) > 0
    assert painted.sum() > 500
    assert (city.surface.labels[painted] == Surface.ASPHALT).mean() > 0.995


def test_some_cars_moved_between_photograph_and_drive(city):
    drive = {id(car) for car in city.drive_cars}
    photo = {id(car) for car in city.photo_cars}
    assert drive & photo and drive - photo and photo - drive


def test_patches_only_become_more(city):
    old = {id(patch) for patch in city.photo_patches}
    assert old < {id(patch) for patch in city.drive_patches}


def test_the_same_seed_builds_the_same_city_and_another_seed_another(city):
    layout = street_layout(np.random.default_rng(0))
    again, other = build_city(layout, 3, 0.2), build_city(layout, 4, 0.2)
    assert again.buildings == city.buildings and again.trees == city.trees
    assert np.array_equal(again.surface.labels, city.surface.labels)
    assert np.array_equal(paint_ground(again, photo_day()), paint_ground(city, photo_day()))
    assert other.buildings != city.buildings


def test_light_season_and_age_differ_between_photograph_and_drive(city):
    photo = paint_ground(city, photo_day()).astype(float)
    drive = paint_ground(city, drive_day()).astype(float)
    assert np.abs(photo - drive).mean() > 8.0
    lawn = city.surface.labels == Surface.LAWN
    colours = [image[lawn].mean(axis=0) for image in (photo, drive)]
    assert abs(colours[0][1] / colours[0][0] - colours[1][1] / colours[1][0]) > 0.05


def test_the_orthophoto_shows_a_landmark_at_its_place(city):
    x, y = 17.4, -21.2
    square = np.array([[x - 1, y - 1], [x + 1, y - 1], [x + 1, y + 1], [x - 1, y + 1]])
    day = replace(photo_day(), wear=-2.0)
    image, geometry = render_orthophoto(bare(city, [square]), day, 0.2)
    assert geometry.height != geometry.width
    bright = np.where(image[..., 0] > 170, image[..., 0].astype(float) - 100.0, 0.0)
    rows, columns = np.indices(bright.shape) + 0.5
    found = geometry.map_from_pixel((rows * bright).sum() / bright.sum(),
                                    (columns * bright).sum() / bright.sum())
    assert found == (pytest.approx(x, abs=0.05), pytest.approx(y, abs=0.05))


def test_the_orthophoto_shows_roofs_not_walls_and_shadows_away_from_the_sun(city):
    one = replace(bare(city, []), buildings=city.buildings[:1])
    image, geometry = render_orthophoto(one, photo_day(), 0.2)
    building = city.buildings[0]
    tip = building.footprint().mean(axis=0) + 0.9 * building.eaves * photo_day().shadow_per_metre
    away = building.footprint().mean(axis=0) - 0.9 * building.eaves * (
        photo_day().shadow_per_metre) - 8.0 * photo_day().to_sun[:2] * 0.0
    plain = np.median(image, axis=(0, 1)).mean()

    def brightness(point):
        row, column = (int(v) for v in geometry.pixel_from_map(*point))
        return image[row - 2:row + 3, column - 2:column + 3].mean()

    side = max(building.length, building.depth)
    sunward = away + side * photo_day().to_sun[:2]
    shaded = tip + 0.45 * building.depth * photo_day().shadow_per_metre / np.hypot(
        *photo_day().shadow_per_metre)
    assert brightness(sunward) == pytest.approx(plain, rel=0.2)
    assert min(brightness(shaded), brightness(tip)) < 0.75 * plain
