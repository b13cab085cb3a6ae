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

"""Cells keep their names and places whatever window or image they are seen in."""

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.cell_window import (
    CellWindow, positions_of, window_around, window_inside)


def test_geometry_places_the_cells_where_their_names_say():
    window = CellWindow(5.0, -3, 2, 4, 7)
    x, y = window.geometry.cell_centres()
    placed = positions_of(window.cells, 5.0).reshape(4, 7, 2)
    np.testing.assert_allclose(x, placed[..., 0])
    np.testing.assert_allclose(y, placed[..., 1])
    assert (x[0, 0], y[0, 0]) == (10.0, 15.0)
    assert y[1, 0] < y[0, 0]


@pytest.mark.parametrize(('x', 'y', 'radius'), [
    (0.0, 0.0, 10.0), (3.3, -7.9, 20.0), (-101.0, 55.5, 4.9), (2.5, 2.5, 0.1)])
def test_window_around_encloses_the_square_and_no_ring_more(x, y, radius):
    window = window_around(5.0, x, y, radius)
    xs, ys = window.geometry.cell_centres()
    assert min(window.shape) >= 2
    for low, high, middle in ((xs.min(), xs.max(), x), (ys.min(), ys.max(), y)):
        assert low <= middle - radius + 1e-9 and high >= middle + radius - 1e-9
        assert low > middle - radius - 5.0 - 1e-9


def test_window_inside_keeps_the_margin():
    geometry = PatchGeometry(12.0, -33.0, 0.25, 400, 480)
    window = window_inside(5.0, geometry, 22.0)
    x, y = window.geometry.cell_centres()
    assert geometry.contains(x, y, 22.0 - 1e-6).all()
    rim = window.grown(1).geometry.cell_centres()
    assert not geometry.contains(rim[0][0], rim[1][0], 22.0).any()
    assert not geometry.contains(rim[0][:, -1], rim[1][:, -1], 22.0).any()
    assert window_inside(5.0, geometry, 70.0).shape == (0, 0)


def test_overlap_of_windows_apart_is_empty():
    first, second = CellWindow(5.0, 0, 0, 3, 3), CellWindow(5.0, 2, 1, 4, 5)
    assert first.overlap(second) == CellWindow(5.0, 2, 1, 1, 2)
    assert 0 in first.overlap(CellWindow(5.0, 10, 0, 3, 3)).shape


def test_a_grid_without_step_is_refused():
    with pytest.raises(MatchingError, match='must have a size'):
        CellWindow(0.0, 0, 0, 2, 2)
