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

"""The rules of each data set on examples worked out by hand."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.prior_disc import noisy_fixes, within
from xview_loc.learning.evaluation.ranking import strict_ranks
from xview_loc.learning.evaluation.retrieval_protocol import (
    centre_row, evaluate_retrieval, positives_of, prior_row, PROTOCOLS, RetrievalProtocol,
    RetrievalSet)

GOLDEN_TILES = np.array([[0., 0.], [6., 0.], [12., 0.], [0., 8.], [100., 0.]])


def descriptors(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return queries and references whose squared distances are the given matrix."""
    cosines = 1.0 - np.asarray(distances) / 2.0
    # one dimension for each query, and one that completes each reference to unit length
    count = len(cosines)
    rest = 1.0 - (cosines ** 2).sum(axis=0)
    references = np.concatenate([cosines, np.sqrt(np.maximum(rest, 0.0))[None]]).T
    return np.eye(count, count + 1), references


def golden_rows(start: int, stop: int) -> np.ndarray:
    return np.array([[.5, .2, .9, .6, .1], [.4, .6, .3, .7, .2]])[start:stop]


def test_golden_neighbours_and_local_and_global_ranks() -> None:
    discs = within(GOLDEN_TILES[:2], GOLDEN_TILES, 10.0)
    assert [disc.tolist() for disc in discs] == [[0, 1, 3], [0, 1, 2, 3]]
    local = strict_ranks(golden_rows, 2, np.arange(2), discs)
    overall = strict_ranks(golden_rows, 2, np.arange(2))
    assert local.ranks.tolist() == [1, 2]
    assert overall.ranks.tolist() == [2, 3]
    truth = GOLDEN_TILES[:2]
    for ranks, golden in ((local, [6.0, 6.0]), (overall, [100.0, 94.0])):
        errors = np.hypot(*(GOLDEN_TILES[ranks.first] - truth).T)
        assert errors == pytest.approx(golden, abs=1e-6)


def test_golden_five_metre_rule_includes_five_metres() -> None:
    tiles = np.array([[0., 0.], [3., 4.], [3., 4.1], [50., 0.]])
    order = [3, 1, 0, 2]
    distances = np.empty((1, 4))
    distances[0, order] = [0.1, 0.2, 0.3, 0.4]
    data = RetrievalSet(np.eye(1, 2), np.eye(4, 2), np.array([0]), np.zeros((1, 2)), tiles)
    positives = positives_of(PROTOCOLS['cvact_test'], data)
    assert positives[0].tolist() == [0, 1]
    ranks = strict_ranks(lambda start, stop: distances[start:stop], 1, positives)
    assert (ranks.recall(1), ranks.recall(2)) == (0.0, 1.0)


def test_robotcar_takes_the_nearest_tile_of_five_metres_and_ranks_the_ring() -> None:
    tiles = np.array([[0., 0.], [4., 0.], [20., 0.], [49., 0.], [51., 0.]])
    queries, references = descriptors([[1.2, 0.9, 0.95, 0.8, 0.7]])
    data = RetrievalSet(queries, references, np.array([0]), np.zeros((1, 2)), tiles)
    protocol = RetrievalProtocol('x', 5.0, local_radius_m=50.0, noise_m=0.0)
    result = evaluate_retrieval(protocol, data)
    # nearer than tile 1 (0.9): tile 3 in the ring, tile 4 outside it
    assert (result['local_recall@1'], result['local_recall@5']) == (0.0, 1.0)
    assert result['local_median_m'] == pytest.approx(49.0, abs=1e-6)
    assert strict_ranks(lambda start, stop: 2 - 2 * queries @ references.T, 1,
                        [np.array([0, 1])]).ranks.tolist() == [2]
    assert result['noisy_median_m'] == result['local_median_m']


@pytest.fixture
def street() -> RetrievalSet:
    """Return 120 places along a street, 8 m apart, with descriptors that tell them apart."""
    rng = np.random.default_rng(5)
    tiles = np.stack([8.0 * np.arange(120) + 619000.0, np.full(120, 5736000.0)], axis=1)
    values = rng.normal(size=(120, 32))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return RetrievalSet(values, values, np.arange(120), tiles, tiles)


def test_a_perfect_predictor_is_only_limited_by_discs_without_the_truth(
        street: RetrievalSet) -> None:
    result = evaluate_retrieval(PROTOCOLS['robotcar'], street)
    assert result['recall@1'] == result['local_recall@1'] == 1.0
    assert result['local_median_m'] == 0.0
    fixes = noisy_fixes(street.query_positions, 20.0)
    outside = np.hypot(*(fixes - street.query_positions).T) > 50.0
    assert result['noisy_recall@1'] == pytest.approx(1.0 - outside.mean(), abs=1e-12)
    assert result['tied'] == 0.0


def test_a_blind_predictor_loses_and_the_centre_is_perfect_only_around_the_truth(
        street: RetrievalSet) -> None:
    blind = RetrievalSet(
        np.repeat(street.queries[:1], 120, axis=0), street.references, street.pairs,
        street.query_positions, street.reference_positions)
    result = evaluate_retrieval(PROTOCOLS['robotcar'], blind)
    assert result['recall@1'] == pytest.approx(1 / 120, abs=1e-12)
    assert result['local_recall@1'] < 0.2
    centre = centre_row(PROTOCOLS['robotcar'], street)
    assert (centre['local_recall@1'], centre['local_median_m']) == (1.0, 0.0)
    assert centre['noisy_recall@1'] < 0.3
    # a Gaussian of 20 m on each axis has a median radius of 23.5 m
    assert prior_row(PROTOCOLS['robotcar'], street)['noisy_median_m'] == pytest.approx(23.5, abs=4)


def test_the_same_seed_gives_the_same_prior(street: RetrievalSet) -> None:
    first, second, other = (
        noisy_fixes(street.query_positions, 20.0, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_vigor_counts_hits_and_needs_the_forgiven_tiles(street: RetrievalSet) -> None:
    with pytest.raises(LearningError, match='semi-positive'):
        evaluate_retrieval(PROTOCOLS['vigor'], street)


def test_positions_that_lost_their_metres_are_refused() -> None:
    with pytest.raises(LearningError, match='float64'):
        within(np.array([[619000.0, 5736000.0]], np.float32), GOLDEN_TILES, 5.0)


def test_pairs_beyond_the_tiles_are_refused() -> None:
    with pytest.raises(LearningError, match='tile 7'):
        RetrievalSet(np.eye(1, 2), np.eye(3, 2), np.array([7]))
