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

"""Satellite features on a regular grid, prepared once for a patch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.bev_config import FeatureConfig
from xview_loc.matching.bev_features import bev_features

LOW_PASS_CELLS = 0.4


@dataclass(frozen=True)
class FeatureMap:
    """
    Feature channels of a satellite patch.

    :param channels: ``(C, H, W)`` float32, zero where there is no imagery.
    :param geometry: place of the cells in ``map``.
    """

    channels: np.ndarray
    geometry: PatchGeometry

    def crop(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """
        Cut out a rectangle; beyond the map it is zero.

        :param top: first row; may lie outside the map.
        :param left: first column.
        :param height: number of rows.
        :param width: number of columns.
        :return: ``(C, height, width)`` float32.
        """
        count, rows, columns = self.channels.shape
        inner_rows = slice(max(top, 0), min(top + height, rows))
        inner_columns = slice(max(left, 0), min(left + width, columns))
        result = np.zeros((count, height, width), np.float32)
        if inner_rows.start < inner_rows.stop and inner_columns.start < inner_columns.stop:
            result[:, inner_rows.start - top:inner_rows.stop - top,
                   inner_columns.start - left:inner_columns.stop - left] = (
                       self.channels[:, inner_rows, inner_columns])
        return result


def prepare_feature_map(patch: SatellitePatch, config: FeatureConfig) -> FeatureMap:
    """
    Low-pass a patch to the grid's resolution and compute its features.

    :param patch: the imagery at any resolution.
    :param config: scales of the channels.
    """
    image, valid, geometry = _resample(patch, config.cell_m)
    return FeatureMap(bev_features(image, valid, config), geometry)


def _resample(patch, cell_m):
    """Bring a patch to the cell size: Gaussian low-pass, then bilinear at the cell centres."""
    ratio = cell_m / patch.geometry.metres_per_pixel
    height, width = (max(int(side / ratio), 1) for side in patch.geometry.shape)
    geometry = replace(patch.geometry, metres_per_pixel=cell_m, height=height, width=width)
    image = patch.image.astype(np.float32)
    share = patch.valid.astype(np.float32)
    if ratio > 1.0:
        image = cv2.GaussianBlur(image, (0, 0), LOW_PASS_CELLS * ratio)
    row0 = 0.5 * (patch.geometry.height - height * ratio)
    column0 = 0.5 * (patch.geometry.width - width * ratio)
    rows = (row0 + (np.arange(height) + 0.5) * ratio - 0.5).astype(np.float32)
    columns = (column0 + (np.arange(width) + 0.5) * ratio - 0.5).astype(np.float32)
    column_grid, row_grid = np.meshgrid(columns, rows)
    image = cv2.remap(image, column_grid, row_grid, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE)
    share = cv2.remap(share, column_grid, row_grid, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE)
    return image, share > 0.999, geometry
