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

"""The cameras of networks have the stated edges, or those of the camera there is."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.model_records import GroundInput
from xview_loc.matching.network_camera import panorama_camera, pinhole_camera

REAL = PinholeCamera(380.0, 380.0, 319.5, 127.5, 256, 640)


def elevation(camera, row: float) -> float:
    """Return how far above the horizon a row of the middle column looks [deg]."""
    x, y, z = camera.rays(np.array([0.5 * camera.shape[1] - 0.5, row]))
    return math.degrees(math.atan2(-y, math.hypot(x, z)))


def test_panorama_has_the_stated_edges_and_a_full_turn() -> None:
    camera = panorama_camera(GroundInput('equirectangular', (80, 200), 180.0, 40.0, -20.0))
    assert camera.shape == (80, 400)
    assert elevation(camera, -0.5) == pytest.approx(40.0)
    assert elevation(camera, 79.5) == pytest.approx(-20.0)


def test_pinhole_network_that_states_its_edges_has_them_whatever_the_camera() -> None:
    ground = GroundInput('pinhole', (64, 256), 80.0, 10.0, -30.0)
    camera = pinhole_camera(REAL, ground)
    assert elevation(camera, -0.5) == pytest.approx(10.0)
    assert elevation(camera, 63.5) == pytest.approx(-30.0)
    assert 2.0 * math.degrees(math.atan(128.0 / camera.fx)) == pytest.approx(80.0)


@pytest.mark.parametrize(('fov_deg', 'squeezed'), [(80.2, True), (70.0, False)])
def test_whole_images_of_nearly_the_right_width_are_squeezed(fov_deg, squeezed) -> None:
    camera = pinhole_camera(REAL, GroundInput('pinhole', (64, 256), fov_deg))
    assert camera.shape == (64, 256)
    if squeezed:
        assert camera.fx == pytest.approx(380.0 * 256 / 640)
        assert camera.fy == pytest.approx(380.0 * 64 / 256)
    else:
        assert camera.fx == camera.fy
