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

"""Right tiles by distance."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree


def near_matches(cameras: np.ndarray, tiles: np.ndarray, radius_m: float,
                 own: np.ndarray) -> np.ndarray:
    """
    Return the tiles that count as right: the own one first, then all within a radius.

    :param cameras: ``(N, 2)`` float64 east and north [m].
    :param tiles: ``(M, 2)`` float64 centres of the tiles [m].
    :param radius_m: tiles at most this far away are right; 0 leaves the own one alone.
    :param own: ``(N,)`` number of the tile that belongs to each camera.
    :return: ``(N, K)`` int64, -1 fills up.
    """
    own = np.asarray(own, dtype=np.int64)
    if radius_m <= 0.0:
        return own[:, None]
    near = cKDTree(tiles).query_ball_point(cameras, radius_m, return_sorted=True)
    others = [[tile for tile in found if tile != mine] for found, mine in zip(near, own.tolist())]
    matches = np.full((len(own), 1 + max(map(len, others), default=0)), -1, dtype=np.int64)
    matches[:, 0] = own
    for row, found in enumerate(others):
        matches[row, 1:1 + len(found)] = found
    return matches
