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

"""The camera's place becomes that of ``base_link``."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.cell_window import CellWindow
from xview_loc.matching.lever_arm import base_geometry, shifted_plane, turned_lever


def test_lever_turns_with_the_vehicle() -> None:
    lever = turned_lever((2.0, 0.5), np.array([0.0, 0.5 * math.pi, math.pi]))
    np.testing.assert_allclose(lever, [[2.0, 0.5], [-0.5, 2.0], [-2.0, -0.5]], atol=1e-12)


def test_base_stands_a_lever_behind_the_cell_in_the_frame_of_the_run() -> None:
    window = CellWindow(5.0, -3, 4, 4, 6)
    cells_from_map = Pose2(120.0, -30.0, 0.002)
    geometry = base_geometry(window, np.array([2.0, 0.5]), cells_from_map)
    x, y = geometry.cell_centres()
    back = cells_from_map.transform(np.stack([x, y], axis=-1))
    expected = np.stack(window.geometry.cell_centres(), axis=-1) - (2.0, 0.5)
    np.testing.assert_allclose(back, expected, atol=1e-9)


@pytest.mark.parametrize(('down', 'right'), [
    (0.0, 0.0), (0.3, -0.4), (-1.7, 1.2), (1.0, -1.0), (0.0, 1.9)])
def test_shift_of_a_plane_that_is_linear_is_exact(down, right) -> None:
    row, column = np.mgrid[0:9, 0:11].astype(np.float32)
    found = shifted_plane(3.0 * row - 2.0 * column, down, right, 2)
    expected = 3.0 * (row + down) - 2.0 * (column + right)
    np.testing.assert_allclose(found, expected[2:-2, 2:-2], atol=1e-4)


def test_unknown_cells_spread_only_where_they_take_part() -> None:
    plane = np.zeros((6, 6), np.float32)
    plane[2, 2] = np.nan
    assert np.isnan(shifted_plane(plane, 0.0, 0.0, 1)).sum() == 1
    assert np.isnan(shifted_plane(plane, 0.0, 0.5, 1)).sum() == 2
    assert np.isnan(shifted_plane(plane, 0.5, 0.5, 1)).sum() == 4
