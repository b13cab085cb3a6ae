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

"""The display of a likelihood has the right side up."""

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.heatmap_grid import heatmap_grid


def grid_of(volume):
    """Return the grid of a volume of half-metre cells around (10, 20)."""
    geometry = PatchGeometry(10.0, 20.0, 0.5, *volume.shape[1:])
    return heatmap_grid(
        PoseLikelihood(volume, geometry, 0.1 * np.arange(len(volume)), 12.5), 'map')


def values_of(grid):
    """Return rows from the south."""
    return np.array(grid.data, np.int8).reshape(grid.info.height, grid.info.width)


def test_a_peak_in_the_north_west_is_in_the_last_row_and_first_column():
    volume = np.full((2, 3, 5), -20.0, np.float32)
    volume[1, 0, 0] = 0.0
    values = values_of(grid_of(volume))
    assert values.shape == (3, 5)
    assert values[2, 0] == 98
    assert np.delete(values.ravel(), 10).max() == 0


def test_the_origin_is_the_outer_south_west_corner():
    info = grid_of(np.zeros((1, 3, 5), np.float32)).info
    assert (info.origin.position.x, info.origin.position.y) == pytest.approx((8.75, 19.25))
    assert info.resolution == 0.5
    assert info.origin.orientation.w == 1.0


def test_brightness_is_the_square_root_of_the_likelihood():
    volume = np.array([[[0.0, np.log(0.25)], [np.nan, -50.0]]], np.float32)
    assert values_of(grid_of(volume)).tolist() == [[-1, 0], [98, 49]]


def test_nothing_known_is_unknown_everywhere():
    values = values_of(grid_of(np.full((2, 3, 4), np.nan, np.float32)))
    assert (values == -1).all()
