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

"""Gates travel from the cells of a network to those of a search."""

import numpy as np
import pytest

from xview_loc.matching.cell_gates import CellGates


def gates(free: int = 0) -> CellGates:
    """Return gates and free channels that differ from cell to cell."""
    random = np.random.default_rng(0)
    return CellGates(random.uniform(0.0, 2.0, (6, 4, 8)).astype(np.float32),
                     random.normal(size=(free, 4, 8)).astype(np.float32))


def test_a_pair_has_one_gate_and_a_scalar_its_own() -> None:
    own = gates()
    result = own.applied(np.ones((7, 4, 8), np.float32), 2)
    for channel, gate in enumerate((0, 0, 1, 1, 2, 3, 4)):
        np.testing.assert_array_equal(result[channel], own.gates[gate])
    np.testing.assert_array_equal(own.confidence, own.gates[5])


def test_free_pairs_stand_behind_the_pairs_and_free_scalars_at_the_end() -> None:
    own = gates(free=9)
    result = own.applied(np.ones((7, 4, 8), np.float32), 2)
    assert result.shape == (16, 4, 8)
    np.testing.assert_array_equal(result[4:8], own.free[:4])
    np.testing.assert_array_equal(result[8:11], own.gates[2:5])
    np.testing.assert_array_equal(result[11:], own.free[4:])


def test_a_coarser_cell_has_the_mean_of_the_cells_in_it() -> None:
    own = gates(free=9)
    rows, columns = np.meshgrid(2.0 * np.arange(2) + 0.5, 2.0 * np.arange(4) + 0.5, indexing='ij')
    coarse = own.at(rows.astype(np.float32), columns.astype(np.float32))
    for planes, found in ((own.gates, coarse.gates), (own.free, coarse.free)):
        expected = planes.reshape(-1, 2, 2, 4, 2).mean(axis=(2, 4))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_beyond_the_rim_the_cells_of_the_rim_go_on() -> None:
    own = gates()
    far = own.at(np.full((1, 1), -9.0, np.float32), np.full((1, 1), 99.0, np.float32))
    np.testing.assert_array_equal(far.gates[:, 0, 0], own.gates[:, 0, -1])
    assert far.free.shape == (0, 1, 1)


@pytest.mark.parametrize('free', [0, 9])
def test_what_a_graph_answers_is_taken_apart(free: int) -> None:
    own = gates(free)
    found = {'gates': own.gates[None]} | ({'free': own.free[None]} if free else {})
    again = CellGates.of(found)
    assert again.gates.shape == (6, 4, 8) and again.free.shape == (free, 4, 8)
