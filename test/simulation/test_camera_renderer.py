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

"""The rendered camera agrees with the camera model from pose to pixel."""

from dataclasses import replace
import math

import cv2
import numpy as np
import pytest
from street_world import bare, street_layout

from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.appearance import drive_day
from xview_loc.simulation.building import Building, Car, RoofKind, Tree
from xview_loc.simulation.camera_renderer import CameraRenderer
from xview_loc.simulation.city import build_city
from xview_loc.simulation.scenario import get_scenario

POSE = Pose2(-20.0, 3.0, 0.35)
ROLL, PITCH = 0.015, -0.02


@pytest.fixture(scope='module')
def city():
    """Return a small city."""
    return build_city(street_layout(np.random.default_rng(0)), 3, 0.1)


def renderer_of(city, name='urban', **changes):
    """Return a renderer of a bare world with some things in it."""
    return CameraRenderer(replace(bare(city, []), **changes), drive_day(),
                          get_scenario(name).mounted_camera)


@pytest.mark.parametrize('name', ['urban', 'panorama'])
def test_paint_appears_where_the_mounted_camera_projects_it(city, name):
    camera = get_scenario(name).mounted_camera
    centre = np.array([8.0, 1.5])
    square = POSE.transform(centre + 0.5 * np.array(
        [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
    day = replace(drive_day(), wear=-2.0)
    world = bare(city, [square])
    painted = CameraRenderer(world, day, camera).render(POSE, ROLL, PITCH).image
    plain = CameraRenderer(replace(world, markings=()), day, camera).render(
        POSE, ROLL, PITCH).image
    gain = np.abs(painted.astype(float) - plain).sum(axis=-1)
    rows, columns = np.indices(gain.shape)
    found = np.array([(columns * gain).sum(), (rows * gain).sum()]) / gain.sum()
    edges = np.linspace(square, np.roll(square, -1, axis=0), 30, endpoint=False, axis=1)
    outline, _ = camera.project_ground(
        POSE.inverse().transform(edges.reshape(-1, 2)), ROLL, PITCH)
    moments = cv2.moments(outline.astype(np.float32))
    expected = np.array([moments['m10'], moments['m01']]) / moments['m00']
    # The ground raster of 0.1 m places the corners of the paint to a hundredth of a metre.
    assert np.abs(found - expected).max() < 0.6


def test_a_building_stands_on_its_footprint_and_rises_above_the_horizon(city):
    building = Building(POSE @ Pose2(20.0, 0.0, -math.pi / 2), 8.0, 6.0, 9.0, RoofKind.FLAT, 0.0,
                        0)
    rendering = renderer_of(city, buildings=(building,)).render(POSE, ROLL, PITCH)
    camera = get_scenario('urban').mounted_camera
    foot, _ = camera.project_ground(np.array([17.0, 0.0]), ROLL, PITCH)
    column = int(round(foot[0]))
    seen = np.flatnonzero(np.isfinite(rendering.distance[:, column]))
    assert seen[-1] == pytest.approx(foot[1], abs=1.0)
    assert seen[0] < 60
    along = rendering.distance[seen[-1], column]
    assert along == pytest.approx(math.hypot(17.0 - 1.5, 1.6), rel=0.02)


@pytest.mark.parametrize('kind', ['trees', 'drive_cars'])
def test_trees_and_cars_hide_what_is_behind_them(city, kind):
    x, y = POSE.transform(np.array([14.0, 0.3]))
    pose = Pose2(float(x), float(y), POSE.yaw + 1.2)
    thing = {'trees': Tree(float(x), float(y), 2.0, 6.0, 1),
             'drive_cars': Car(pose, 4.4, 1.8, 1.5, (200, 30, 30))}[kind]
    distance = renderer_of(city, **{kind: (thing,)}).render(POSE).distance
    hit = np.isfinite(distance) & (distance < 30.0)
    assert hit.sum() > 60
    assert 9.0 < distance[hit].min() and distance[hit].max() < 18.0


def test_a_moving_car_is_only_in_the_picture_it_is_given_to(city):
    renderer = renderer_of(city)
    car = Car(POSE @ Pose2(12.0, 0.0, 0.0), 4.4, 1.8, 1.5, (200, 30, 30))
    with_car, without = renderer.render(POSE, cars=(car,)), renderer.render(POSE)
    assert (with_car.image != without.image).any(axis=-1).sum() > 1000
    assert np.isfinite(with_car.distance).sum() > np.isfinite(without.distance).sum()


def test_the_sky_is_above_and_brighter_than_the_road(city):
    image = renderer_of(city).render(POSE).image.astype(float)
    assert image[:40].mean() > image[180:].mean() + 40.0
