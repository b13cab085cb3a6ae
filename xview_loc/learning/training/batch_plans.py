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

"""
Which pairs meet in a batch, epoch by epoch, without torch.

A plan is a list of batches of pair numbers. It depends on its generator alone, so that a run that
was interrupted, or that uses several processes, sees the batches of one that was not and does not.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from xview_loc.errors import LearningError

Plan = list[np.ndarray]


def shuffled(count: int, size: int, rng: np.random.Generator) -> Plan:
    """
    Return all pairs in random order; an incomplete last batch is left out.

    :param count: of the pairs.
    :param size: of a batch.
    :param rng: draws the order.
    """
    _enough(count, size)
    order = rng.permutation(count)
    return [order[start:start + size] for start in range(0, count - size + 1, size)]


def neighbourhoods(
        positions: np.ndarray, size: int, radius_m: float, rng: np.random.Generator,
        minimum_m: float = 0.0) -> Plan:
    """
    Return batches from one neighbourhood each (Xia et al., RA-L 2021).

    Pairs are taken in random order. Each becomes the centre of a batch with the next pairs of
    that order whose distance from it is above ``minimum_m`` and at most ``radius_m``; every pair
    is used at most once. A centre with too few neighbours left is given up, and they stay unused.
    Two members may be 2 ``radius_m`` apart: the loss masks such pairs.

    Differs from the published code, which keeps the centre and its twins at the same coordinates
    among the candidates.

    :param positions: east and north [m], (N, 2) float64.
    :param size: of a batch.
    :param radius_m: largest distance from the centre.
    :param rng: draws the order.
    :param minimum_m: distance that a member must exceed.
    """
    _enough(len(positions), size)
    positions = _known(positions)
    order = rng.permutation(len(positions))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    tree = cKDTree(positions)
    free = np.ones(len(order), bool)
    batches: Plan = []
    for centre in order:
        if not free[centre]:
            continue
        members = np.asarray(tree.query_ball_point(positions[centre], radius_m), np.int64)
        apart = np.hypot(*(positions[members] - positions[centre]).T)
        members = members[(apart > minimum_m) & (members != centre)]
        if len(members) < size - 1:
            continue
        members = members[free[members]]
        members = members[np.argsort(rank[members])][:size - 1]
        free[centre] = False
        free[members] = False
        if len(members) == size - 1:
            batches.append(np.concatenate([[centre], members]))
    return _some(batches, f'no place has {size - 1} others within {radius_m:g} m')


def spaced(
        positions: np.ndarray, size: int, spacing_m: float, rng: np.random.Generator) -> Plan:
    """
    Return batches whose members are apart (CVLNet): all others are then true negatives.

    A pair that is too near to a member waits, and is tried first for the next batch.

    :param positions: east and north [m], (N, 2) float64.
    :param size: of a batch.
    :param spacing_m: smallest distance.
    :param rng: draws the order.
    """
    _enough(len(positions), size)
    positions = _known(positions)
    waiting = list(rng.permutation(len(positions)))
    batches: Plan = []
    while len(waiting) >= size:
        batch, left = [waiting[0]], []
        for position, index in enumerate(waiting[1:], start=1):
            offsets = positions[batch] - positions[index]
            if (np.hypot(offsets[:, 0], offsets[:, 1]) >= spacing_m).all():
                batch.append(index)
            else:
                left.append(index)
            if len(batch) == size:
                left += waiting[position + 1:]
                break
        if len(batch) < size:
            break
        batches.append(np.array(batch))
        waiting = left
    return _some(batches, f'no {size} pairs are {spacing_m:g} m apart')


def distinct_tiles(matches: np.ndarray, size: int, rng: np.random.Generator) -> Plan:
    """
    Return batches that share no tile, not even one that only overlaps (VIGOR, STN-SAFA).

    Each member is a random panorama of a random tile, drawn with replacement from batch to batch:
    tiles, not panoramas, are evenly frequent. An epoch has as many batches as fit into the pairs.

    :param matches: tiles of each pair, its own first, -1 for none, (N, K).
    :param size: of a batch.
    :param rng: draws tiles and panoramas.
    """
    _enough(len(matches), size)
    by_tile = np.argsort(matches[:, 0], kind='stable')
    tiles, starts, counts = np.unique(
        matches[by_tile, 0], return_index=True, return_counts=True)
    if len(tiles) < size:
        raise LearningError(
            f'{len(tiles)} tiles cannot fill batches of {size} pairs that share no tile.')
    batches: Plan = []
    for _ in range(len(matches) // size):
        taken: set[int] = set()
        batch: list[int] = []
        for choice in rng.permutation(len(tiles)):
            pair = by_tile[starts[choice] + rng.integers(counts[choice])]
            own = {int(tile) for tile in matches[pair] if tile >= 0}
            if not own & taken:
                taken |= own
                batch.append(int(pair))
            if len(batch) == size:
                batches.append(np.array(batch))
                break
    return _some(batches, f'no {size} pairs share no tile')


def share_of(plan: Plan, process: int, processes: int) -> Plan:
    """
    Return the part of every batch that one of several processes computes.

    :param plan: of all processes together.
    :param process: from 0.
    :param processes: that share the work; every batch must split evenly.
    """
    if any(len(batch) % processes for batch in plan):
        raise LearningError(
            f'a batch of {len(plan[0])} cannot be split over {processes} processes; choose a '
            'multiple.')
    return [batch[process::processes] for batch in plan]


def _enough(count: int, size: int) -> None:
    if size < 1 or count < size:
        raise LearningError(f'{count} pairs cannot fill a batch of {size}.')


def _known(positions: np.ndarray) -> np.ndarray:
    """Return positions in float64, refusing unknown ones."""
    positions = np.asarray(positions, np.float64)
    if positions.ndim != 2 or positions.shape[1] != 2 or not np.isfinite(positions).all():
        raise LearningError('these batches need the position of every pair.')
    return positions


def _some(batches: Plan, reason: str) -> Plan:
    """Return the batches, or say why there are none."""
    if not batches:
        raise LearningError(f'there is no batch: {reason}.')
    return batches
