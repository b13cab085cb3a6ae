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

"""KITTI-CVL's rule: how near the best of the first tiles comes (Shi et al., ACCV 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.errors import LearningError

COUNTS = (1, 5, 10, 100)
LIMITS_M = (10.0, 15.0, 20.0, 25.0)


@dataclass(frozen=True)
class VideoRetrieval:
    """
    What CVLNet says about sequences and tiles.

    :param distances: 2 - 2 score, (N, M).
    :param displacements: east and north of the camera from the middle of each tile, read at the
        best displacement [m], (N, M, 2).
    :param query_positions: of the left camera, east and north [m], (N, 2) float64.
    :param reference_positions: of the middles of the tiles, (M, 2) float64.
    """

    distances: np.ndarray
    displacements: np.ndarray
    query_positions: np.ndarray
    reference_positions: np.ndarray

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        queries, references = self.distances.shape
        if (self.displacements.shape != (queries, references, 2)
                or len(self.query_positions) != queries
                or len(self.reference_positions) != references):
            raise LearningError(
                f'distances of shape {self.distances.shape} with displacements of '
                f'{self.displacements.shape}, {len(self.query_positions)} queries and '
                f'{len(self.reference_positions)} tiles; they must belong together.')
        if not np.isfinite(self.distances).all():
            raise LearningError('some scores are not finite; their order means nothing.')


def nearest_of_first(data: VideoRetrieval, count: int) -> np.ndarray:
    """
    Return the smallest distance from the truth among the first tiles, (N,) [m].

    Each tile's middle is moved by its own displacement before.

    :param data: scores and truth.
    :param count: of the tiles that are looked at; all where there are fewer.
    """
    order = np.argsort(data.distances, axis=1, kind='stable')[:, :count]
    moved = data.reference_positions[order] + np.take_along_axis(
        data.displacements, order[:, :, None], axis=1)
    offsets = moved - data.query_positions[:, None]
    return np.hypot(offsets[..., 0], offsets[..., 1]).min(axis=1)


def video_figures(data: VideoRetrieval) -> dict[str, float]:
    """
    Return recall@1, 5, 10, 100 within 10, 15, 20 and 25 m, and the errors of the first tile.

    Test-1 hands in the tiles that the queries name, Test-2 all tiles of the test drives: the rule
    is the same.
    """
    result = {}
    for count in COUNTS:
        nearest = nearest_of_first(data, count)
        for limit in LIMITS_M:
            result[f'recall@{count}<={limit:g}m'] = float(np.mean(nearest <= limit))
    first = nearest_of_first(data, 1)
    return result | {'mean_m': float(first.mean()), 'median_m': float(np.median(first)),
                     'std_m': float(first.std())}
