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

"""Panoramas: columns are azimuths, rows are angles below the horizon."""

import math

import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera


@pytest.mark.parametrize('azimuth_deg, column', [
    (0.0, 255.5), (90.0, 383.5), (-90.0, 127.5), (45.0, 319.5)])
def test_a_quarter_turn_to_the_right_is_a_quarter_of_the_width(azimuth_deg, column):
    camera = EquirectangularCamera(128, 512)
    azimuth = math.radians(azimuth_deg)

    pixels, visible = camera.project(np.array([math.sin(azimuth), 0.0, math.cos(azimuth)]))

    assert pixels.tolist() == pytest.approx([column, 63.5])
    assert visible


def test_ground_straight_behind_lies_at_the_edge():
    pixels, visible = EquirectangularCamera(256, 512).project(
        np.array([[1e-6, 1.0, -1.0], [-1e-6, 1.0, -1.0]]))

    assert pixels[:, 0].tolist() == pytest.approx([511.5, -0.5], abs=1e-3)
    assert pixels[:, 1].tolist() == pytest.approx([127.5 + 64.0] * 2)
    assert visible.all()


def test_a_strip_places_the_ground_as_the_published_formula_does():
    height, width, horizon, camera_height = 224, 1232, 0.60, 2.5
    camera = EquirectangularCamera(height, width, horizon * height - 0.5)
    azimuth, distance = math.radians(70.0), 9.0

    pixels, _ = camera.project(np.array(
        [distance * math.sin(azimuth), camera_height, distance * math.cos(azimuth)]))

    scale = width / (2.0 * math.pi)
    assert pixels.tolist() == pytest.approx([
        width / 2.0 + azimuth * scale - 0.5,
        horizon * height + math.atan2(camera_height, distance) * scale - 0.5])


def test_a_part_of_a_turn_spreads_over_the_whole_width():
    camera = EquirectangularCamera(100, 300, horizontal_fov=math.radians(120.0))
    angles = np.radians([-59.0, 59.0, 61.0])

    pixels, visible = camera.project(np.stack([np.sin(angles), 0.0 * angles, np.cos(angles)], -1))

    assert pixels[1, 0] - pixels[0, 0] == pytest.approx(2.0 * 59.0 * 300.0 / 120.0)
    assert visible.tolist() == [True, True, False]


def test_straight_down_is_on_a_full_sphere_but_beyond_it_is_not():
    camera = EquirectangularCamera(300, 512, horizon_row=127.5)

    pixels, _ = camera.project(np.array([0.0, 1.0, 0.0]))
    rays = camera.rays(np.array([[200.0, 127.5 + 128.0 - 0.1], [200.0, 127.5 + 128.0 + 0.1]]))

    assert pixels[1] == pytest.approx(127.5 + 128.0)
    assert np.isfinite(rays[:, 0]).tolist() == [True, False]


@pytest.mark.parametrize('fields, match', [
    ((10, 10, None, 0.0), 'field of view'), ((10, 10, None, 7.0), 'field of view'),
    ((10, 10, math.nan), 'horizon'), ((10, 10, None, 1.0, -1.0), 'rows_per_radian')])
def test_what_is_no_panorama_is_refused_in_a_sentence(fields, match):
    with pytest.raises(GeometryError, match=match):
        EquirectangularCamera(*fields)
