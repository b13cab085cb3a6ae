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

"""Batches obey their rules, use pairs once, and depend on the generator alone."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.training.batch_plans import (
    distinct_tiles, neighbourhoods, Plan, share_of, shuffled, spaced)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def town() -> np.ndarray:
    """Return 400 places in a square of 400 m, far from the origin."""
    return rng(9).uniform(0.0, 400.0, (400, 2)) + [619000.0, 5736000.0]


def used_once(plan: Plan) -> bool:
    members = np.concatenate(plan)
    return len(members) == len(np.unique(members))


def test_shuffled_uses_every_pair_once_and_drops_the_rest() -> None:
    plan = shuffled(103, 10, rng())
    assert [len(batch) for batch in plan] == [10] * 10
    assert used_once(plan)
    assert not np.array_equal(np.concatenate(plan), np.arange(100))


def test_neighbourhoods_hold_pairs_around_their_first(town: np.ndarray) -> None:
    plan = neighbourhoods(town, 8, 50.0, rng(), minimum_m=5.0)
    assert used_once(plan)
    assert len(plan) * 8 > 0.6 * len(town)
    for batch in plan:
        apart = np.hypot(*(town[batch[1:]] - town[batch[0]]).T)
        assert apart.max() <= 50.0
        assert apart.min() > 5.0


def test_neighbourhoods_are_local_and_shuffled_batches_are_not(town: np.ndarray) -> None:
    def spread(plan: Plan) -> float:
        return float(np.mean([town[batch].std(axis=0).mean() for batch in plan]))

    assert spread(neighbourhoods(town, 8, 50.0, rng())) < 0.4 * spread(shuffled(400, 8, rng()))


def test_members_are_the_next_of_a_random_order_not_the_nearest(town: np.ndarray) -> None:
    batches = [neighbourhoods(town, 4, 100.0, rng(seed)) for seed in range(3)]
    apart = np.concatenate([
        np.hypot(*(town[batch[1:]] - town[batch[0]]).T) for plan in batches for batch in plan])
    # uniform in a disc of 100 m the mean distance is 67 m; the nearest three would be within 25 m
    assert 50.0 < apart.mean() < 75.0


def test_spaced_members_are_all_apart(town: np.ndarray) -> None:
    plan = spaced(town, 6, 21.93, rng())
    assert used_once(plan)
    for batch in plan:
        gaps = np.linalg.norm(town[batch][:, None] - town[batch][None], axis=2)
        assert gaps[~np.eye(6, dtype=bool)].min() >= 21.93
    assert len(plan) * 6 > 0.9 * len(town)


def test_distinct_tiles_never_meet_even_as_neighbours() -> None:
    draw = rng(4)
    matches = np.array([draw.choice(120, 4, replace=False) for _ in range(200)])
    matches[::3, 3] = -1
    plan = distinct_tiles(matches, 6, rng())
    assert len(plan) == 200 // 6
    for batch in plan:
        tiles = [tile for pair in batch for tile in matches[pair] if tile >= 0]
        assert len(tiles) == len(set(tiles))


@pytest.mark.parametrize('make', [
    lambda places, seed: shuffled(400, 8, rng(seed)),
    lambda places, seed: neighbourhoods(places, 8, 60.0, rng(seed)),
    lambda places, seed: spaced(places, 8, 20.0, rng(seed)),
    lambda places, seed: distinct_tiles(np.arange(400)[:, None], 8, rng(seed))])
def test_the_same_seed_gives_the_same_batches(make, town: np.ndarray) -> None:
    first, second, other = (np.concatenate(make(town, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_processes_share_every_batch() -> None:
    plan = shuffled(40, 8, rng())
    parts = [share_of(plan, process, 2) for process in (0, 1)]
    assert all(np.array_equal(np.sort(np.concatenate(pair)), np.sort(batch))
               for *pair, batch in zip(*parts, plan))
    with pytest.raises(LearningError, match='3 processes'):
        share_of(plan, 0, 3)


@pytest.mark.parametrize('make, reason', [
    (lambda: shuffled(3, 4, rng()), 'cannot fill'),
    (lambda: neighbourhoods(np.arange(20.0).reshape(10, 2) * 1e3, 3, 5.0, rng()), 'within 5 m'),
    (lambda: spaced(np.zeros((10, 2)), 3, 5.0, rng()), 'apart'),
    (lambda: spaced(np.full((10, 2), np.nan), 3, 5.0, rng()), 'position'),
    (lambda: distinct_tiles(np.zeros((10, 1), int), 3, rng()), '1 tiles')])
def test_batches_that_cannot_be_are_refused_with_the_reason(make, reason: str) -> None:
    with pytest.raises(LearningError, match=reason):
        make()
