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

"""Pairs as ``bev_net`` learns them: hand-made features of view and map, and headings to try."""

from __future__ import annotations

from dataclasses import replace
import math
from typing import Any

import numpy as np
import torch

from xview_loc.camera.frame_window import Frame
from xview_loc.errors import LearningError
from xview_loc.learning.data.birds_eye_sample import (
    cropped_view, is_panorama, patch_of, window_of)
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.torch_pairs import DrawnPairs
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.birds_eye_view import BirdsEyeGrid, render_birds_eye
from xview_loc.matching.feature_map import prepare_feature_map
from xview_loc.matching.ground_features import frame_features

VIEW_RADIUS_M, SEARCH_RADIUS_M = 24.0, 8.0
CROP_SHARE, CROP_FOV_DEG = 0.4, (70.0, 120.0)
# Relative to the truth, which comes first; then some at random.
TURNS_DEG = (0.0, 5.0, -5.0, 12.0, -12.0, 180.0, 175.0)
RANDOM_TURNS = 4
ITEM_SEED = 0xBE7


class BirdsEyePairs(DrawnPairs):
    """
    Features of pairs for ``DataLoader``; every draw depends on seed, epoch and index alone.

    ============== ==============================================================================
    ``channels``   float32 (C, n, n): hand-made, of the view; rows backwards
    ``weight``     float32 (n, n): of its cells
    ``rays``       float32 (2, n, n): x and y from the camera to the cells [m]
    ``shown``      float32 (n, n): share of the cell where the ground is seen; NaN where unknown
    ``satellite``  float32 (C, H, H): hand-made, of the map
    ``yaws``       float32 (K,): to try, the true one first [rad]
    ``offset``     float32 (2,): east and north of the camera from the map's middle [m]
    ``index``      int64: number of the pair
    ============== ==============================================================================

    :param source: pairs with cameras and headings.
    :param config: of the features.
    :param crops: turn 40 % of the panoramas into views of 70 to 120 degrees.
    :param seed: of what training varies.
    :param vary: draw anew for every epoch.
    """

    def __init__(self, source: PairSource, config: BevConfig, *, crops: bool = False,
                 seed: int = 0, vary: bool = False) -> None:
        super().__init__(source, seed=seed, vary=vary)
        self.config, self.crops = config, crops

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return the features of one pair; see the class for its entries."""
        sample = self.drawn(index)
        rng = np.random.default_rng([ITEM_SEED, self.seed, self.epoch * self.vary, index])
        if self.crops and is_panorama(sample) and rng.random() < CROP_SHARE:
            sample = cropped_view(sample, float(rng.uniform(-math.pi, math.pi)),
                                  math.radians(float(rng.uniform(*CROP_FOV_DEG))))
        return features_of(sample, self.config, rng) | {'index': torch.tensor(int(index))}


def features_of(sample: CrossViewSample, config: BevConfig,
                rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """
    Return the entries of one pair, see :class:`BirdsEyePairs`.

    :param sample: with camera and heading, the camera within the search of the tile's middle.
    :param config: of the features.
    :param rng: draws headings to try.
    :raises LearningError: when the tile is too small, or the heading is not known.
    """
    if sample.yaw is None:
        raise LearningError(f'{sample.identifier} has no heading; bev_net cannot learn from it.')
    cell = config.fine.cell_m
    frame = window_of(sample).newest
    seen = frame_features(frame, BirdsEyeGrid.square(VIEW_RADIUS_M, cell), config, config.fine)
    needed = 2 * math.ceil((VIEW_RADIUS_M + SEARCH_RADIUS_M) / cell)
    known = prepare_feature_map(patch_of(sample), config.fine)
    rows, columns = known.geometry.shape
    if min(rows, columns) < needed:
        raise LearningError(
            f'The tile of {sample.identifier} is {min(rows, columns) * cell:g} m wide; bev_net '
            f'learns from tiles of at least {needed * cell:g} m.')
    # An odd number of cells has its middle half a cell from the corner that is taken for it.
    top, left = rows // 2 - needed // 2, columns // 2 - needed // 2
    east, north = known.geometry.map_from_pixel(rows // 2, columns // 2)
    turns = np.radians([*TURNS_DEG, *rng.uniform(-180.0, 180.0, RANDOM_TURNS)])
    return {
        'channels': torch.from_numpy(seen.channels), 'weight': torch.from_numpy(seen.weight),
        'rays': torch.from_numpy(np.stack([seen.view.ray_x, seen.view.ray_y])),
        'shown': torch.from_numpy(_shown(sample, frame, seen.grid)),
        'satellite': torch.from_numpy(known.crop(top, left, needed, needed)),
        'yaws': torch.tensor(sample.yaw + turns, dtype=torch.float32),
        'offset': torch.tensor([sample.east_m - float(east), sample.north_m - float(north)])}


def _shown(sample: CrossViewSample, frame: Frame, grid: BirdsEyeGrid) -> np.ndarray:
    """Return where the view of a made-up pair shows ground, from above."""
    if sample.ground_seen is None:
        return np.full((grid.height, grid.width), np.nan, np.float32)
    mask = np.repeat(255 * sample.ground_seen.astype(np.uint8)[..., None], 3, axis=2)
    view = render_birds_eye(replace(frame, image=mask), grid, 0.0, VIEW_RADIUS_M)
    return view.image[..., 0] / np.float32(255.0)
