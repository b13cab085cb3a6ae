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

"""Retrieval as each data set's papers count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.disc_calibration import disc_calibration
from xview_loc.learning.evaluation.prior_disc import noisy_fixes, within
from xview_loc.learning.evaluation.ranking import (
    descriptor_rows, DistanceRows, Members, PercentRule, Ranks, strict_ranks)

COUNTS = (1, 5, 10)


@dataclass(frozen=True)
class RetrievalProtocol:
    """
    The rules of a data set.

    :param name: of the protocol.
    :param positive_radius_m: tiles at most this far from the query are right (CVACT_test 5 m,
        RobotCar 5 m: the nearest of them counts); ``None`` takes the pair's own tile alone.
    :param percent: what recall@1 % means.
    :param local_radius_m: of the disc that local recall looks in; ``None`` for no local recall.
    :param noise_m: standard deviation of the noisy prior on each axis.
    :param hit_rate: whether the other tiles that show the place are forgiven (VIGOR).
    """

    name: str
    positive_radius_m: float | None = None
    percent: PercentRule = PercentRule.FLOOR
    local_radius_m: float | None = None
    noise_m: float = 20.0
    hit_rate: bool = False


PROTOCOLS = {protocol.name: protocol for protocol in (
    RetrievalProtocol('cvusa'),
    RetrievalProtocol('cvusa_oricnn', percent=PercentRule.FLOOR_PLUS_ONE),
    RetrievalProtocol('cvusa_stn_safa', percent=PercentRule.CEILING),
    RetrievalProtocol('cvact_val'),
    RetrievalProtocol('cvact_val_oricnn', percent=PercentRule.FLOOR_PLUS_ONE),
    RetrievalProtocol('cvact_test', positive_radius_m=5.0),
    RetrievalProtocol('cvact_geo_local', local_radius_m=100.0, noise_m=40.0),
    RetrievalProtocol('robotcar', positive_radius_m=5.0, local_radius_m=50.0),
    RetrievalProtocol('vigor', percent=PercentRule.FLOOR_PLUS_ONE, hit_rate=True),
    RetrievalProtocol('city', positive_radius_m=5.0, local_radius_m=50.0),
)}


@dataclass(frozen=True)
class RetrievalSet:
    """
    Descriptors of a data set and what is right.

    :param queries: unit descriptors of the ground images, (N, D).
    :param references: unit descriptors of the tiles, (M, D).
    :param pairs: the tile of each ground image, (N,) int; a negative one has none.
    :param query_positions: east and north [m], (N, 2) float64; needed for distances.
    :param reference_positions: (M, 2) float64.
    :param forgiven: VIGOR's semi-positive tiles of each query.
    :param temperature: that turns cosines into logarithms of probabilities; without it, nothing
        is said about calibration.
    """

    queries: np.ndarray
    references: np.ndarray
    pairs: np.ndarray
    query_positions: np.ndarray | None = None
    reference_positions: np.ndarray | None = None
    forgiven: Sequence[np.ndarray] | np.ndarray | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        """Refuse lists that do not belong together."""
        if len(self.pairs) != len(self.queries) or len(self.queries) == 0:
            raise LearningError(
                f'{len(self.queries)} queries and {len(self.pairs)} pairs; there must be as many '
                'of both, and at least one.')
        if len(self.pairs) and self.pairs.max() >= len(self.references):
            raise LearningError(
                f'a pair names tile {self.pairs.max()}; there are {len(self.references)} tiles.')

    def positions(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of queries and references, or say that they are missing."""
        if self.query_positions is None or self.reference_positions is None:
            raise LearningError('this protocol needs positions of ground images and of tiles.')
        return self.query_positions, self.reference_positions


def evaluate_retrieval(
        protocol: RetrievalProtocol, data: RetrievalSet, seed: int = 0) -> dict[str, Any]:
    """
    Return the figures of a network.

    :param protocol: one of ``PROTOCOLS``.
    :param data: descriptors and truth.
    :param seed: of the noisy prior.
    """
    rows = descriptor_rows(data.queries, data.references)
    positives = positives_of(protocol, data)
    overall = strict_ranks(rows, len(data.queries), positives)
    result = recall_figures(overall, len(data.references), protocol.percent)
    result['tied'] = overall.tied
    if protocol.hit_rate:
        if data.forgiven is None:
            raise LearningError('the hit rate needs the semi-positive tiles of each query.')
        result['hit_rate'] = strict_ranks(
            rows, len(data.queries), positives, forgiven=data.forgiven).recall(1)
    if protocol.local_radius_m is not None:
        result |= local_figures(protocol, data, rows, seed)
    return result


def centre_row(
        protocol: RetrievalProtocol, data: RetrievalSet, seed: int = 0) -> dict[str, Any]:
    """Return the figures of "the tile next to the middle of the disc"; no images are used."""
    if protocol.local_radius_m is None:
        return {}
    truth, tiles = data.positions()
    fixes = noisy_fixes(truth, protocol.noise_m, seed)
    return (
        _disc_figures('local', protocol, data, truth,
                      lambda start, stop: _separations(truth[start:stop], tiles))
        | _disc_figures('noisy', protocol, data, fixes,
                        lambda start, stop: _separations(fixes[start:stop], tiles)))


def prior_row(
        protocol: RetrievalProtocol, data: RetrievalSet, seed: int = 0) -> dict[str, Any]:
    """Return the error of the noisy prior itself."""
    if protocol.local_radius_m is None:
        return {}
    truth, _ = data.positions()
    apart = np.hypot(*(noisy_fixes(truth, protocol.noise_m, seed) - truth).T)
    return {'noisy_mean_m': float(apart.mean()), 'noisy_median_m': float(np.median(apart))}


def recall_figures(
        ranks: Ranks, references: int, percent: PercentRule | None) -> dict[str, Any]:
    """Return recall@1, @5, @10 and, with a rule, @1 %."""
    result: dict[str, Any] = {f'recall@{count}': ranks.recall(count) for count in COUNTS}
    if percent is not None:
        result['recall@1%'] = ranks.recall(percent.count(references))
    return result


def positives_of(protocol: RetrievalProtocol, data: RetrievalSet) -> Members:
    """Return the tiles that are right for each query."""
    if protocol.positive_radius_m is None:
        if (data.pairs < 0).any():
            raise LearningError(f'a query has no tile; {protocol.name} needs one for each.')
        return data.pairs
    truth, tiles = data.positions()
    return within(truth, tiles, protocol.positive_radius_m)


def local_figures(
        protocol: RetrievalProtocol, data: RetrievalSet, rows: DistanceRows,
        seed: int) -> dict[str, Any]:
    """
    Return recall and error of the nearest tile in a disc, around the truth and around a fix.

    A query whose disc does not hold a right tile is missed; it has the error of the tile that was
    chosen all the same.
    """
    truth, _ = data.positions()
    fixes = noisy_fixes(truth, protocol.noise_m, seed)
    result = (_disc_figures('local', protocol, data, truth, rows)
              | _disc_figures('noisy', protocol, data, fixes, rows))
    if data.temperature is None:
        return result
    assert protocol.local_radius_m is not None
    calibration = disc_calibration(
        rows, within(fixes, data.positions()[1], protocol.local_radius_m),
        positives_of(protocol, data), data.temperature)
    return result | {f'noisy_{name}': value for name, value in calibration.items()}


def _disc_figures(
        name: str, protocol: RetrievalProtocol, data: RetrievalSet, centres: np.ndarray,
        rows: DistanceRows) -> dict[str, Any]:
    """Return the figures of discs around some centres."""
    truth, tiles = data.positions()
    assert protocol.local_radius_m is not None
    ranks = strict_ranks(rows, len(truth), positives_of(protocol, data),
                         candidates=within(centres, tiles, protocol.local_radius_m))
    result = {f'{name}_{key}': value for key, value in recall_figures(ranks, 0, None).items()}
    found = ranks.first >= 0
    apart = np.hypot(*(tiles[ranks.first[found]] - truth[found]).T)
    result[f'{name}_mean_m'] = float(apart.mean()) if found.any() else None
    result[f'{name}_median_m'] = float(np.median(apart)) if found.any() else None
    result[f'{name}_empty'] = float(np.mean(~found))
    return result


def _separations(centres: np.ndarray, tiles: np.ndarray) -> np.ndarray:
    """Return how far tiles are from centres [m], (N, M)."""
    offsets = tiles[None] - centres[:, None]
    return np.hypot(offsets[..., 0], offsets[..., 1])
