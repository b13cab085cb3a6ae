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

"""Where a picture looks."""

import numpy as np
import pytest

from xview_loc.report.map_axes import covering_geometry, nice_length


@pytest.mark.parametrize('most, length', [
    (1.0, 1.0), (1.99, 1.0), (2.0, 2.0), (4.9, 2.0), (7.0, 5.0), (37.0, 20.0), (0.3, 0.2)])
def test_scale_bars_are_round(most, length):
    assert nice_length(most) == pytest.approx(length)


def test_the_patch_covers_every_point_with_its_margin():
    points = np.array([[0.0, 0.0], [120.0, 30.0], [np.nan, 7.0]])
    geometry = covering_geometry(points, 10.0)
    assert geometry.contains(points[:2, 0], points[:2, 1], 9.5).all()
    assert geometry.width > 2 * geometry.height


def test_the_patch_is_extended_to_an_aspect_in_either_direction():
    wide = covering_geometry(np.array([[0.0, 0.0], [100.0, 10.0]]), 5.0, aspect=1.25)
    tall = covering_geometry(np.array([[0.0, 0.0], [10.0, 100.0]]), 5.0, aspect=1.25)
    for geometry in (wide, tall):
        assert geometry.width / geometry.height == pytest.approx(1.25, rel=0.01)


def test_a_long_drive_is_read_coarsely():
    points = np.array([[0.0, 0.0], [14_000.0, 100.0]])
    geometry = covering_geometry(points, 0.0, most_pixels=1400)
    assert max(geometry.shape) <= 1401
    assert geometry.metres_per_pixel == pytest.approx(10.0)


def test_a_single_point_is_still_a_picture():
    assert covering_geometry(np.array([[5.0, 5.0]]), 10.0).extent_m[0] == pytest.approx(20.0)
