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

"""Missing descriptors are computed nearest first, and only as many as the time allows."""

import math

from counting_sessions import CountingSessions
import numpy as np
import pytest
from synthetic_scene import patterned_patch
from tiny_packages import tiny_package

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.cell_window import positions_of
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.descriptor_filling import (
    DescriptorFilling, FillBudget, RetrievalFeatures)
from xview_loc.matching.retrieval_matcher import RetrievalMatcher

MIDDLE = Pose2(101.0, -39.5, 0.0)


@pytest.fixture
def empty(tmp_path):
    """Return an encoder of tiles, a map of which nothing is known, and a patch."""
    package = tiny_package(tmp_path / 'package', 'safa')
    matcher = RetrievalMatcher(
        package, CountingSessions(package), budget=FillBudget(prepare_s=0.0))
    features = matcher.prepare(patterned_patch(seed=3))
    return matcher.encoder, matcher.descriptor_map, features


def known(stored, features: RetrievalFeatures) -> np.ndarray:
    """Return the cells with a descriptor."""
    cells = features.window.cells
    return cells[stored.states_of(cells) == CellState.KNOWN]


def distances(cells: np.ndarray) -> np.ndarray:
    return np.hypot(*(positions_of(cells, 2.0) - (MIDDLE.x, MIDDLE.y)).T)


def test_without_time_the_nearest_cells_are_described_and_no_others(empty) -> None:
    encoder, stored, features = empty
    DescriptorFilling(encoder).fill(stored, features, features.window, MIDDLE, 0.0)
    found = known(stored, features)
    assert 1 <= len(found) <= 8 < len(features.window.cells)
    nearest = np.sort(distances(features.window.cells))[:len(found)]
    np.testing.assert_allclose(np.sort(distances(found)), nearest)


def test_with_time_enough_all_are_and_none_twice(empty) -> None:
    encoder, stored, features = empty
    filling = DescriptorFilling(encoder)
    few = features.window.overlap(features.window.grown(-10))
    filling.fill(stored, features, few, MIDDLE, math.inf)
    assert len(known(stored, features)) == len(few.cells) > 0
    tiles = encoder.tiles
    filling.fill(stored, features, few, MIDDLE, math.inf)
    assert encoder.tiles == tiles
