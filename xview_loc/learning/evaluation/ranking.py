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
Where the true tile ranks among all tiles.

The rule of every published protocol is strict: the rank of a query is the number of references
whose distance is *smaller* than the positive's, and recall@K counts ranks below K. Ties count as
successes, so that constant descriptors reach 100 %: :class:`Ranks` counts the ties too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, unique
import math
from typing import Any, TypeAlias

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import LearningError

# The rank of a query whose positives are not among the candidates.
MISSED = np.iinfo(np.int64).max
BLOCK = 512
# For each query, one or more references.
Members: TypeAlias = Sequence[Any] | np.ndarray
# Distances of the queries start to stop to all references, (stop - start, M).
DistanceRows = Callable[[int, int], np.ndarray]


@unique
class PercentRule(Enum):
    """What K recall@1 % stands for with N references."""

    # SAFA: int(0.01 N)
    FLOOR = 'floor'
    # OriCNN and VIGOR: int(0.01 N) + 1
    FLOOR_PLUS_ONE = 'floor_plus_one'
    # STN-SAFA: ranks below 0.01 N itself
    CEILING = 'ceiling'

    def count(self, references: int) -> int:
        """Return K, at least 1."""
        if self is PercentRule.CEILING:
            return max(1, math.ceil(references / 100))
        return max(1, references // 100 + (self is PercentRule.FLOOR_PLUS_ONE))


@dataclass(frozen=True)
class Ranks:
    """
    Ranks of queries.

    :param ranks: (N,) int64, 0 is best, ``MISSED`` where no positive is a candidate.
    :param ties: (N,) int64, references that are no positives and exactly as far as the positive.
    :param first: (N,) int64, the nearest candidate; -1 where there is none.
    """

    ranks: np.ndarray
    ties: np.ndarray
    first: np.ndarray

    def recall(self, count: int) -> float:
        """Return the share of queries whose rank is below ``count``."""
        return float(np.mean(self.ranks < count))

    @property
    def tied(self) -> float:
        """Return the share of queries with a tie: above 0.01, recall is not to be trusted."""
        return float(np.mean(self.ties > 0))


def descriptor_rows(queries: np.ndarray, references: np.ndarray) -> DistanceRows:
    """
    Return squared distances of unit descriptors, ``2 - 2 cosine``, a block of queries at a time.

    :param queries: (N, D).
    :param references: (M, D).
    """
    if queries.ndim != 2 or references.ndim != 2 or queries.shape[1] != references.shape[1]:
        raise LearningError(
            f'descriptors of shape {queries.shape} and {references.shape}; they must be (N, D) '
            'and (M, D).')
    for descriptors in (queries, references):
        if not np.isfinite(descriptors).all():
            raise LearningError('some descriptors are not finite; their ranks mean nothing.')
    return lambda start, stop: 2.0 - 2.0 * queries[start:stop] @ references.T


def strict_ranks(
        distances: DistanceRows, count: int, positives: Members,
        candidates: Members | None = None, forgiven: Members | None = None) -> Ranks:
    """
    Rank the nearest positive of every query.

    :param distances: see :data:`DistanceRows`.
    :param count: of the queries.
    :param positives: for each query one or more references that are right.
    :param candidates: the references that compete; ``None`` for all. A query without a positive
        among them is missed.
    :param forgiven: references that do not compete (VIGOR's hit rate); ``None`` for none.
    """
    ranks = np.full(count, MISSED)
    ties, first = np.zeros(count, np.int64), np.full(count, -1)
    for start in range(0, count, BLOCK):
        block = distances(start, min(start + BLOCK, count))
        for row, index in zip(block, range(start, count)):
            ranks[index], ties[index], first[index] = _rank(
                row, np.atleast_1d(positives[index]),
                None if candidates is None else np.atleast_1d(candidates[index]),
                None if forgiven is None else np.atleast_1d(forgiven[index]))
    return Ranks(frozen(ranks), frozen(ties), frozen(first))


def _rank(
        row: np.ndarray, positives: np.ndarray, candidates: np.ndarray | None,
        forgiven: np.ndarray | None) -> tuple[int, int, int]:
    """Return rank, ties and the nearest candidate of one query."""
    counted = np.full(row.shape, candidates is None)
    if candidates is not None:
        counted[candidates] = True
        positives = positives[counted[positives]]
    if forgiven is not None:
        counted[forgiven] = False
        counted[positives] = True
    if not counted.any():
        return MISSED, 0, -1
    first = int(np.argmin(np.where(counted, row, np.inf)))
    if len(positives) == 0:
        return MISSED, 0, first
    nearest = row[positives].min()
    others = counted.copy()
    others[positives] = False
    return (int((row[counted] < nearest).sum()), int((row[others] == nearest).sum()), first)
