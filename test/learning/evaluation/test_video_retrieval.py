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

"""KITTI-CVL's rule on three tiles worked out by hand."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.video_retrieval import (
    nearest_of_first, video_figures, VideoRetrieval)


@pytest.fixture
def three_tiles() -> VideoRetrieval:
    """Return two queries; the first tile of query 0 comes within 9 m by its displacement."""
    return VideoRetrieval(
        distances=np.array([[0.3, 0.1, 0.2], [0.5, 0.6, 0.4]]),
        displacements=np.array([[[0, 0], [-3, 4], [1, 1]], [[0, 0], [0, 0], [0, 6]]], np.float64),
        query_positions=np.array([[0.0, 0.0], [40.0, 0.0]]),
        reference_positions=np.array([[0.0, 0.0], [12.0, -4.0], [40.0, 20.0]]))


def test_distances_of_the_first_tiles_worked_by_hand(three_tiles: VideoRetrieval) -> None:
    assert nearest_of_first(three_tiles, 1) == pytest.approx([9.0, 26.0], abs=1e-6)
    assert nearest_of_first(three_tiles, 2) == pytest.approx([9.0, 26.0], abs=1e-6)
    assert nearest_of_first(three_tiles, 3) == pytest.approx(
        [0.0, 26.0], abs=1e-6)


def test_figures_worked_by_hand(three_tiles: VideoRetrieval) -> None:
    figures = video_figures(three_tiles)
    assert figures['recall@1<=10m'] == 0.5
    assert figures['recall@1<=25m'] == 0.5
    assert (figures['mean_m'], figures['median_m']) == (17.5, 17.5)
    assert figures['std_m'] == pytest.approx(8.5, abs=1e-6)


def test_ten_metres_exactly_count() -> None:
    data = VideoRetrieval(np.zeros((1, 1)), np.zeros((1, 1, 2)), np.zeros((1, 2)),
                          np.array([[6.0, 8.0]]))
    assert video_figures(data)['recall@1<=10m'] == 1.0


def test_more_tiles_never_make_it_worse() -> None:
    rng = np.random.default_rng(0)
    data = VideoRetrieval(rng.uniform(size=(20, 40)), rng.normal(size=(20, 40, 2)),
                          rng.uniform(0, 100, (20, 2)), rng.uniform(0, 100, (40, 2)))
    nearest = [nearest_of_first(data, count) for count in (1, 5, 10, 100)]
    assert all((after <= before).all() for before, after in zip(nearest, nearest[1:]))
    moved = data.reference_positions[None] + data.displacements - data.query_positions[:, None]
    assert nearest[-1] == pytest.approx(np.linalg.norm(moved, axis=2).min(axis=1), abs=1e-6)


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(LearningError, match='belong together'):
        VideoRetrieval(np.zeros((2, 3)), np.zeros((2, 2, 2)), np.zeros((2, 2)), np.zeros((3, 2)))
