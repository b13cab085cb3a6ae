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

"""Ranks against golden examples, an independent count, and predictors with a known outcome."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.ranking import (
    descriptor_rows, MISSED, PercentRule, strict_ranks)


def rows(matrix: list | np.ndarray):
    """Return a fixed matrix as the rows that are asked for."""
    values = np.asarray(matrix, np.float64)
    return lambda start, stop: values[start:stop]


def unit(degrees: list) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_golden_angle_descriptors_both_ways() -> None:
    satellites, grounds = unit([0, 20, 45, 80]), unit([8, 53, 41, 63])
    golden = [[.019463863, .796369954, .490580840, 1.092019001],
              [.043704799, .322658864, .132839147, .537292597],
              [.402728980, .019463863, .004871899, .097886967],
              [1.381966011, .217986952, .445708077, .087390488]]
    assert descriptor_rows(satellites, grounds)(0, 4) == pytest.approx(np.array(golden), abs=1e-6)
    for queries, references in ((grounds, satellites), (satellites, grounds)):
        ranks = strict_ranks(descriptor_rows(queries, references), 4, np.arange(4))
        assert [ranks.recall(count) for count in (1, 2, 3)] == [0.75, 0.75, 1.0]


def test_golden_vigor_ranks_and_hits() -> None:
    matrix = [[.30, .20, .40, .90, .8, .7], [.5, .6, .4, .2, .9, 1.0], [.5, .1, .2, .3, .15, .45]]
    labels = np.array([[0, 1, 2, 3], [2, 0, 1, 4], [5, 3, 4, 0]])
    ranks = strict_ranks(rows(matrix), 3, labels[:, 0])
    assert ranks.ranks.tolist() == [1, 1, 4]
    percent = PercentRule.FLOOR_PLUS_ONE.count(6)
    assert [ranks.recall(count) for count in (1, percent, 5, 10)] == [0.0, 0.0, 1.0, 1.0]
    hits = strict_ranks(rows(matrix), 3, labels[:, 0], forgiven=labels[:, 1:])
    assert hits.recall(1) == pytest.approx(1 / 3, abs=1e-12)


@pytest.mark.parametrize('count, floor, plus_one, ceiling', [
    (8884, 88, 89, 89), (92802, 928, 929, 929), (100, 1, 2, 1), (50, 1, 1, 1)])
def test_one_percent_is_what_each_paper_counts(
        count: int, floor: int, plus_one: int, ceiling: int) -> None:
    assert [rule.count(count) for rule in PercentRule] == [floor, plus_one, ceiling]


def test_ranks_equal_an_independent_sort() -> None:
    rng = np.random.default_rng(3)
    distances = rng.integers(0, 40, (30, 60)) / 40.0
    positives = [rng.choice(60, 3, replace=False) for _ in range(30)]
    candidates = [np.union1d(members[:2], rng.choice(60, 20, replace=False))
                  for members in positives]
    ranks = strict_ranks(rows(distances), 30, positives, candidates)
    for index in range(30):
        allowed = sorted(candidates[index], key=lambda tile: distances[index, tile])
        values = [distances[index, tile] for tile in allowed]
        best = min(distances[index, tile] for tile in allowed if tile in positives[index])
        assert ranks.ranks[index] == values.index(best)
        assert ranks.first[index] in [tile for tile in allowed
                                      if distances[index, tile] == values[0]]


def test_a_perfect_predictor_is_always_first() -> None:
    rng = np.random.default_rng(1)
    descriptors = rng.normal(size=(700, 16))
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    ranks = strict_ranks(descriptor_rows(descriptors, descriptors), 700, np.arange(700))
    assert ranks.recall(1) == 1.0
    assert ranks.tied == 0.0


def test_a_blind_predictor_finds_one_query_in_n() -> None:
    rng = np.random.default_rng(2)
    references = rng.normal(size=(200, 8))
    references /= np.linalg.norm(references, axis=1, keepdims=True)
    blind = np.repeat(references[:1] * 0.5 + 0.1, 200, axis=0)
    ranks = strict_ranks(descriptor_rows(blind, references), 200, np.arange(200))
    assert [ranks.recall(count) for count in (1, 5, 10)] == [1 / 200, 5 / 200, 10 / 200]


def test_constant_descriptors_succeed_by_the_published_rule_and_are_reported_as_tied() -> None:
    constant = np.ones((20, 4)) / 2.0
    ranks = strict_ranks(descriptor_rows(constant, constant), 20, np.arange(20))
    assert ranks.recall(1) == 1.0
    assert ranks.tied == 1.0


def test_a_positive_outside_the_candidates_is_missed() -> None:
    ranks = strict_ranks(rows([[0.1, 0.2, 0.3]] * 2), 2, np.array([0, 1]),
                         candidates=[np.array([1, 2]), np.array([], np.int64)])
    assert ranks.ranks.tolist() == [MISSED, MISSED]
    assert ranks.first.tolist() == [1, -1]


def test_descriptors_that_are_not_finite_are_refused() -> None:
    broken = np.full((2, 3), np.nan)
    with pytest.raises(LearningError, match='not finite'):
        descriptor_rows(broken, broken)
