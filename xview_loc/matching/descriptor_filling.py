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

"""Descriptors of the cells that a descriptor map does not know yet, within a time."""

from __future__ import annotations

from dataclasses import dataclass
import math
from threading import Lock
import time

import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.cell_window import CellWindow, positions_of
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.tile_cutter import TileCutter
from xview_loc.matching.tile_encoder import TileEncoder


@dataclass(frozen=True)
class RetrievalFeatures:
    """
    What the matcher keeps of a patch; the descriptors themselves are in the descriptor map.

    :param cutter: tiles of the patch.
    :param cells_from_map: the patch's ``map`` frame in the frame of the grid.
    :param window: cells whose tiles lie inside the patch.
    """

    cutter: TileCutter
    cells_from_map: Pose2
    window: CellWindow


@dataclass(frozen=True)
class FillBudget:
    """
    How long to describe tiles that are not in the map yet, before going on without them.

    :param prepare_s: when a patch is prepared; 0 leaves it to the matches [s].
    :param match_s: before a match, which describes at least one [s].
    """

    prepare_s: float = 1.0
    match_s: float = 0.2


UNHURRIED = FillBudget(0.0, math.inf)


class DescriptorFilling:
    """
    Describes missing cells; safe to share by threads, which take turns by the batch.

    :param encoder: the satellite network.
    """

    def __init__(self, encoder: TileEncoder) -> None:
        """Describe nothing yet."""
        self._encoder = encoder
        self._lock = Lock()

    def fill(self, stored: DescriptorMap, features: RetrievalFeatures, window: CellWindow,
             middle: Pose2, seconds: float) -> None:
        """
        Describe missing cells of a window, nearest first, at least one, until time is up.

        :param stored: takes the descriptors.
        :param features: of the patch that the tiles are cut out of.
        :param window: cells whose tiles lie inside the patch.
        :param middle: where to begin, in the frame of the grid.
        :param seconds: the time [s].
        """
        cells, spacing = window.cells, stored.spacing_m
        offsets = positions_of(cells, spacing) - (middle.x, middle.y)
        cells = cells[np.argsort(np.hypot(*offsets.T), kind='stable')]
        map_from_cells = features.cells_from_map.inverse()
        end = time.perf_counter() + seconds
        while len(cells):
            with self._lock:
                cells = cells[stored.states_of(cells) == CellState.UNKNOWN]
                left = end - time.perf_counter()
                batch, cells = np.split(cells, [self._encoder.batch_within(left)])
                if len(batch):
                    places = map_from_cells.transform(positions_of(batch, spacing))
                    found, covered = self._encoder.describe(features.cutter, places)
                    stored.put(batch[covered], found[covered])
                    stored.put_empty(batch[~covered])
            if time.perf_counter() >= end:
                return
