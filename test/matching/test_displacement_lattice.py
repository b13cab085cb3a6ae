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

"""Displacements of several tiles as one lattice of places."""

import math

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.displacement_lattice import DisplacementLattice

MIDDLE = PatchGeometry(30.0, -12.0, 0.5, 64, 64)
LATTICE = DisplacementLattice(MIDDLE, 4)


@pytest.mark.parametrize(('east', 'north', 'radius', 'blocks'), [
    (0.0, 0.0, 6.0, {(0, 0)}),
    (2.0, -2.0, 4.0, {(0, 0)}),
    (2.0, -2.0, 4.5, {(0, 0), (1, 0), (0, -1), (1, -1)}),
    (14.0, 28.0, 1.0, {(1, 2)}),
    (-7.0, 0.0, 0.9, {(-1, 0), (0, 0)}),
    (0.0, 0.0, 90.0, {(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)})])
def test_a_search_touches_these_blocks(east, north, radius, blocks) -> None:
    assert set(LATTICE.blocks_around(30.0 + east, -12.0 + north, radius)) == blocks


def test_joined_scores_are_at_their_places() -> None:
    steps = 2.0 * (np.arange(7) - 3)
    scores = {(i, j): np.stack([np.broadcast_to(30.0 + 14.0 * i + steps, (7, 7)),
                                np.broadcast_to(-12.0 + 14.0 * j - steps[:, None], (7, 7))])
              for i, j in LATTICE.blocks_around(36.0, -20.0, 9.0)}
    joined = LATTICE.joined(scores)
    cells = PatchGeometry(36.0, -20.0, 0.8, 20, 20)
    offsets = np.array([[0.7, -0.4], [-1.1, 0.3]])
    found = joined.at(cells, offsets)
    x, y = cells.cell_centres()
    # Both coordinates are linear, so interpolation is exact but for OpenCV's 32nds of a step.
    np.testing.assert_allclose(found[0], x + 0.7, atol=0.04)
    np.testing.assert_allclose(found[1], y + 0.3, atol=0.04)


def test_missing_blocks_and_what_lies_outside_are_unknown() -> None:
    joined = LATTICE.joined({(0, 0): np.zeros((1, 7, 7)), (1, 1): np.zeros((1, 7, 7))})
    cells = PatchGeometry(37.0, -5.0, 0.5, 100, 100)
    x, y = cells.cell_centres()
    known = np.isfinite(joined.at(cells, np.zeros((1, 2)))[0])
    first = (abs(x - 30.0) < 5.9) & (abs(y + 12.0) < 5.9)
    second = (abs(x - 44.0) < 5.9) & (abs(y - 2.0) < 5.9)
    assert known[first].all() and known[second].all()
    margin = np.maximum(np.minimum(np.maximum(abs(x - 30.0), abs(y + 12.0)),
                                   np.maximum(abs(x - 44.0), abs(y - 2.0))), 0.0)
    assert not known[margin > 6.1].any()


def test_displacements_off_the_imagery_are_not_known() -> None:
    valid = np.ones((64, 64), bool)
    valid[:, :30] = False
    valid[40:] = False
    known = LATTICE.known(valid)
    assert known.sum(axis=0).tolist() == [0, 0, 0, 5, 5, 5, 5]
    assert known[:, 3].tolist() == [True] * 5 + [False] * 2
    assert LATTICE.cell_m == 2.0 and math.isclose(MIDDLE.extent_m[0], 32.0)
