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

"""Scores of ground features over a set of yaws and a square of positions."""

from __future__ import annotations

import math

import cv2
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.correlation import SatelliteSpectra, transform_size
from xview_loc.matching.feature_map import FeatureMap
from xview_loc.matching.ground_features import GroundFeatures


class PoseCorrelator:
    """
    Correlates one window's ground features with the map around a prior.

    :param ground: features of the window.
    :param feature_map: features of the patch at the same cell size.
    :param prior: centre of the search in ``map``.
    :param radius_m: half side of the square to search [m].
    :param pairs: number of leading channel pairs that turn with the view.
    """

    def __init__(self, ground: GroundFeatures, feature_map: FeatureMap, prior: Pose2,
                 radius_m: float, pairs: int):
        """Cut the map around the prior and transform it."""
        self._ground = ground
        self._pairs = pairs
        self._patch_rotation = feature_map.geometry.rotation
        self._radius = max(int(math.ceil(radius_m / ground.cell_m)), 1)
        row, column = feature_map.geometry.pixel_from_map(prior.x, prior.y)
        row, column = int(round(float(row))), int(round(float(column)))
        size = transform_size(ground.channels.shape[1] + 2 * self._radius)
        self._spectra = SatelliteSpectra(feature_map.crop(row, column, size))
        x, y = feature_map.geometry.map_from_pixel(row, column)
        side = 2 * self._radius + 1
        self.geometry = PatchGeometry(
            float(x), float(y), ground.cell_m, side, side, self._patch_rotation)
        self._planes = _planes_last(ground)

    def scores(self, yaws) -> np.ndarray:
        """
        Score every position for some yaws.

        :param yaws: ``(K,)`` yaw of ``base_link`` in ``map`` [rad].
        :return: ``(K, n, n)`` float32 in [-1, 1], placed by :attr:`geometry`.
        """
        side = 2 * self._radius + 1
        volume = np.empty((len(yaws), side, side), np.float32)
        for k, yaw in enumerate(yaws):
            channels, weight = self._turned(float(yaw) - self._patch_rotation)
            volume[k] = self._spectra.score(channels, weight, self._radius)
        return volume

    def _turned(self, yaw):
        """
        Turn the view, which looks up, to the north-up frame of the map.

        Cubic, because bilinear sampling smooths every turn except multiples of 90 deg, and
        smoother views score higher: a turn of exactly 0 then never won.
        """
        turn = yaw - 0.5 * math.pi
        count = self._ground.channels.shape[1]
        centre = (0.5 * count - 0.5, 0.5 * count - 0.5)
        matrix = cv2.getRotationMatrix2D(centre, math.degrees(turn), 1.0)
        planes = np.concatenate([
            np.atleast_3d(cv2.warpAffine(block, matrix, (count, count), flags=cv2.INTER_CUBIC))
            for block in self._planes], axis=2)
        channels = np.ascontiguousarray(np.moveaxis(planes, 2, 0))
        weight = np.maximum(channels[-1], 0.0)
        cosine, sine = math.cos(2.0 * turn), math.sin(2.0 * turn)
        for k in range(0, 2 * self._pairs, 2):
            first, second = channels[k].copy(), channels[k + 1].copy()
            channels[k] = cosine * first - sine * second
            channels[k + 1] = sine * first + cosine * second
        return channels[:-1], weight


def _planes_last(ground):
    """Stack channels and weight in blocks of at most four, the most that OpenCV warps at once."""
    planes = np.concatenate([ground.channels, ground.weight[None]])
    return [np.ascontiguousarray(np.moveaxis(planes[k:k + 4], 0, 2))
            for k in range(0, len(planes), 4)]
