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

"""Panoramas and turning them."""

import math

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.panorama import panorama_camera, rolled, rolled_columns


@pytest.mark.parametrize('degrees, columns', [(197.57286, 351), (350.0, 622), (0.0, 0)])
def test_columns_of_the_published_headings(degrees: float, columns: int) -> None:
    assert rolled_columns(math.radians(degrees), 640) == columns


def test_rolling_by_a_quarter_brings_the_west_to_the_centre() -> None:
    panorama = np.zeros((2, 8, 3), np.uint8)
    panorama[:, 2] = 255  # west: a quarter left of the centre column 4
    turned, angle = rolled(panorama, math.pi / 2)
    assert turned[0, 4, 0] == 255
    assert angle == pytest.approx(math.pi / 2)


def test_the_angle_told_is_the_one_applied() -> None:
    _, angle = rolled(np.zeros((2, 8, 3), np.uint8), 1.0)
    assert angle == pytest.approx(2 * math.pi / 8)
    with pytest.raises(DataSetError):
        rolled_columns(math.nan, 8)


def test_the_camera_sees_north_at_the_centre_and_east_to_the_right() -> None:
    camera = panorama_camera((100, 400), 2.5, 0.6)
    pixels, visible = camera.project_ground(np.array([[10.0, 0.0], [0.0, -10.0]]))
    assert visible.all()
    below = math.atan2(2.5, 10.0) * 400 / (2 * math.pi)
    np.testing.assert_allclose(pixels, [[199.5, 59.5 + below], [299.5, 59.5 + below]])
