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

"""The satellite network of a retrieval package, applied to cells of a grid."""

from __future__ import annotations

import math
import time

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.matching.graph_runner import GraphRunner
from xview_loc.matching.model_records import SatelliteInput
from xview_loc.matching.tile_cutter import TileCutter

MOST_TILES = 8
LEAST_COVERED = 0.8


class TileEncoder:
    """
    Turns tiles into descriptors, in batches.

    :param sessions: the graphs.
    :param satellite: what the network takes.
    """

    def __init__(self, sessions: GraphRunner, satellite: SatelliteInput):
        self._sessions = sessions
        self._satellite = satellite
        self._dimension: int | None = None
        self.tiles = 0
        self.seconds_per_tile = 0.0

    @property
    def dimension(self) -> int:
        """Return the length of a descriptor; the first time, by describing a black tile."""
        if self._dimension is None:
            side = self._satellite.size
            self._dimension = self._run(np.zeros((1, side, side, 3), np.uint8)).shape[1]
        return self._dimension

    def time_of_a_tile(self) -> float:
        """Return how long a tile takes, alone, once the network is warm [s]."""
        side, _ = self._satellite.size, self.dimension
        self._timed(np.zeros((1, side, side, 3), np.uint8))
        return self.seconds_per_tile

    def describe(self, cutter: TileCutter, positions: np.ndarray
                 ) -> tuple[np.ndarray, np.ndarray]:
        """
        Describe the tiles around some places, in batches of 8.

        :param cutter: of the imagery.
        :param positions: ``(N, 2)`` x, y in the cutter's ``map`` [m].
        :return: ``(N, D)`` float32 descriptors, zeros where less than 80 percent of the tile
            carries imagery, and ``(N,)`` bool where not.
        """
        found = np.zeros((len(positions), self.dimension), np.float32)
        covered = np.zeros(len(positions), bool)
        for start in range(0, len(positions), MOST_TILES):
            batch = slice(start, start + MOST_TILES)
            tiles, share = cutter.cut(positions[batch])
            covered[batch] = share >= LEAST_COVERED
            seen = np.flatnonzero(share >= LEAST_COVERED)
            if len(seen):
                found[start + seen] = self._timed(tiles[seen])
        return found, covered

    def batch_within(self, seconds: float) -> int:
        """
        Return how many tiles to describe at once so as not to exceed a time; at least one.

        :param seconds: the time [s].
        """
        if seconds == math.inf:
            return MOST_TILES
        if self.seconds_per_tile <= 0.0:
            return 1
        return int(np.clip(seconds / self.seconds_per_tile, 1, MOST_TILES))

    def _timed(self, tiles: np.ndarray) -> np.ndarray:
        start = time.perf_counter()
        descriptors = self._run(tiles)
        elapsed = (time.perf_counter() - start) / len(tiles)
        self.tiles += len(tiles)
        self.seconds_per_tile = (0.7 * self.seconds_per_tile + 0.3 * elapsed
                                 if self.seconds_per_tile else elapsed)
        return descriptors

    def _run(self, tiles: np.ndarray) -> np.ndarray:
        descriptors = self._sessions.run('satellite', {'images': tiles})['descriptors']
        if descriptors.ndim != 2 or len(descriptors) != len(tiles):
            raise MatchingError(
                f'The satellite network answered with shape {descriptors.shape} to {len(tiles)} '
                'tiles; it must give one descriptor each.')
        return descriptors
