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

"""What training changes on a pair beyond what its data set varies, and pairs that are changed."""

from __future__ import annotations

from dataclasses import replace
import math
from typing import Any

import cv2
import numpy as np
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.panorama import rolled
from xview_loc.learning.data.torch_pairs import InputSizes, item_of, TorchPairs

# Turns that the published loaders draw from: 0 and 4 are the same.
QUARTERS = 5
CHANGE_SEED = 0xC4A6E


class ChangedPairs(TorchPairs):
    """
    Pairs as a recipe wants them.

    ===================== ======================================================================
    change                what it does to a training pair
    ===================== ======================================================================
    ``none``              nothing
    ``mirror``            mirrors tile and panorama together, half of the time (STN-SAFA)
    ``quarter_turns``     turns the tile by 0, 90, 180, 270 or 360 degrees (geo-local SAFA on
                          RobotCar); the heading is no longer known
    ``symmetries``        turns tile and panorama together by quarters, and mirrors both half of
                          the time: eight pairs of one
    ``oricnn``            crops, turns and rolls, and says how in ``crop``, ``turns`` and ``roll``
    ===================== ======================================================================

    :param source: the data set.
    :param sizes: what the network takes.
    :param align: turn panoramas so that north is in the middle.
    :param change: see above; only where pairs are varied.
    :param tile_share: central part of the tile that is used, by side.
    :param seed: of all draws.
    :param vary: whether this is training.
    """

    def __init__(self, source: PairSource, sizes: InputSizes, *, align: bool = False,
                 change: str = 'none', seed: int = 0, vary: bool = False,
                 tile_share: float = 1.0) -> None:
        super().__init__(source, sizes, seed=seed, vary=vary)
        self.align, self.change, self.tile_share = align, change, tile_share

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one pair; see :class:`.torch_pairs.TorchPairs` for its entries."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        rng = np.random.default_rng([self.seed, self.epoch, index]) if self.vary else None
        sample = self.source.sample(int(index), rng)
        if self.align:
            sample = facing_north(sample)
        if self.tile_share < 1.0:
            sample = central_part(sample, self.tile_share)
        rng = np.random.default_rng([CHANGE_SEED, self.seed, self.epoch, index])
        change = self.change if self.vary else 'none'
        if change == 'mirror' and rng.uniform() < 0.5:
            sample = mirrored(sample)
        elif change == 'quarter_turns':
            sample = replace(sample, satellite=np.rot90(
                sample.satellite, int(rng.integers(QUARTERS))), heading=None)
        elif change == 'symmetries':
            sample = turned(sample, int(rng.integers(4)))
            if rng.uniform() < 0.5:
                sample = mirrored(sample)
        elif change == 'oricnn':
            return oriented_item(sample, self.sizes, int(index), rng)
        item = item_of(sample, self.sizes, int(index))
        if self.change == 'oricnn':
            item |= {'crop': torch.tensor(1.0), 'turns': torch.tensor(0), 'roll': torch.tensor(0)}
        return item


def facing_north(sample: CrossViewSample) -> CrossViewSample:
    """
    Turn a panorama so that its centre column looks to the top of the tile, within half a column.

    :param sample: of a full turn, with known heading.
    """
    if sample.heading is None:
        raise LearningError(
            f'{sample.identifier} has no heading; it cannot be turned to north.')
    if sample.heading == 0.0:
        return sample
    # the camera's x axis points along the heading that is given up here
    ground, _ = rolled(sample.ground, sample.heading)
    return replace(sample, ground=ground, heading=0.0, camera=None, ground_seen=None)


def central_part(sample: CrossViewSample, share: float) -> CrossViewSample:
    """Keep the central part of a tile; a metre stays a metre."""
    height, width = sample.satellite.shape[:2]
    rows, columns = round(height * share), round(width * share)
    top, left = (height - rows) // 2, (width - columns) // 2
    return replace(sample, satellite=sample.satellite[top:top + rows, left:left + columns])


def mirrored(sample: CrossViewSample) -> CrossViewSample:
    """Mirror tile and panorama left to right; the camera's place and heading with them."""
    heading = None if sample.heading is None else -sample.heading
    return replace(
        sample, satellite=sample.satellite[:, ::-1], ground=sample.ground[:, ::-1],
        east_m=-sample.east_m, heading=heading, camera=None, ground_seen=None)


def turned(sample: CrossViewSample, quarters: int) -> CrossViewSample:
    """
    Turn a tile counter-clockwise and roll its panorama with it; the heading stays what it is.

    :param sample: with a panorama of a full turn.
    :param quarters: of a turn.
    """
    ground, _ = rolled(sample.ground, -0.5 * math.pi * quarters)
    east, north = sample.east_m, sample.north_m
    for _ in range(quarters % 4):
        east, north = -north, east
    return replace(sample, satellite=np.rot90(sample.satellite, quarters), ground=ground,
                   east_m=east, north_m=north, camera=None, ground_seen=None)


def oriented_item(
        sample: CrossViewSample, sizes: InputSizes, index: int,
        rng: np.random.Generator) -> dict[str, Any]:
    """
    Return a pair with the augmentation of OriCNN, and what its orientation maps need to know.

    The central window of the tile, of a side drawn from all, is enlarged where it has more pixels
    than the network takes; the tile is turned by quarters; the panorama is rolled. Directions stay
    those of the world.

    :param sample: north up and in the middle.
    :param sizes: what the network takes.
    :param index: of the pair.
    :param rng: draws the changes.
    :return: also ``crop``, the side of the window as a part of the tile's; ``turns``, quarters
        counter-clockwise; ``roll``, columns of the network's panorama to the left.
    """
    side = min(sample.satellite.shape[:2])
    window = int(rng.integers(1, max(side - 1, 2)))
    turns = int(rng.integers(QUARTERS)) % 4
    tile = sample.satellite
    if window > (sizes.satellite_size or side):
        start = (side - window) // 2
        tile = tile[start:start + window, start:start + window]
    else:
        window = side
    item = item_of(replace(sample, satellite=tile), sizes, index)
    columns = item['ground'].shape[1]
    roll = int(rng.integers(columns))
    item['satellite'] = torch.rot90(item['satellite'], turns, (0, 1)).contiguous()
    item['ground'] = torch.roll(item['ground'], -roll, 1)
    return item | {'crop': torch.tensor(window / side), 'turns': torch.tensor(turns),
                   'roll': torch.tensor(roll)}


def without_threads(_: int) -> None:
    """Keep a worker process to one thread; there are as many workers as wanted."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
