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
    :param yaws: ``(K,)`` the yaws of ``base_link`` in ``map`` that may be asked for [rad].
    :param pairs: number of leading channel pairs that turn with the view.
    """

    def __init__(self, ground: GroundFeatures, feature_map: FeatureMap, prior: Pose2,
                 radius_m: float, yaws: np.ndarray, pairs: int):
        """Cut the map around the prior and transform it."""
        cell_m = ground.grid.cell_m
        self._ground = ground
        self._pairs = pairs
        self._patch_rotation = feature_map.geometry.rotation
        self._radius = max(math.ceil(radius_m / cell_m), 1)
        self._top, self._left, self._canvas = _canvas(ground, yaws - self._patch_rotation)
        row, column = (round(float(value)) for value in
                       feature_map.geometry.pixel_from_map(prior.x, prior.y))
        self._spectra = SatelliteSpectra(feature_map.crop(
            row + self._top - self._radius, column + self._left - self._radius,
            *(transform_size(side + 2 * self._radius) for side in self._canvas)))
        x, y = feature_map.geometry.map_from_pixel(row, column)
        side = 2 * self._radius + 1
        self.geometry = PatchGeometry(
            float(x), float(y), cell_m, side, side, self._patch_rotation)
        self._planes = _planes_last(ground)

    def scores(self, yaws) -> np.ndarray:
        """
        Score every position for some yaws.

        :param yaws: ``(K,)`` some of the yaws announced [rad].
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
        height, width = self._canvas
        matrix = self._view_from_canvas(yaw)
        planes = [
            np.atleast_3d(cv2.warpAffine(
                block, matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP))
            for block in self._planes]
        channels = [plane for block in planes for plane in cv2.split(block)]
        weight = np.maximum(channels.pop(), 0.0)
        turn = 2.0 * yaw - math.pi
        cosine, sine = math.cos(turn), math.sin(turn)
        for k in range(0, 2 * self._pairs, 2):
            first, second = channels[k], channels[k + 1]
            channels[k] = cosine * first - sine * second
            channels[k + 1] = sine * first + cosine * second
        return channels, weight

    def _view_from_canvas(self, yaw):
        """Return the affine map from canvas pixels to view pixels, both with integer centres."""
        grid = self._ground.grid
        cosine, sine = math.cos(yaw), math.sin(yaw)
        # Backwards and rightwards of the vehicle, of a canvas cell down and right of it.
        linear = np.array([[sine, cosine], [-cosine, sine]])
        origin = linear @ (self._left + 0.5, self._top + 0.5)
        offset = origin - (grid.left + 0.5, grid.top + 0.5)
        return np.column_stack([linear, offset])


def _canvas(ground, yaws):
    """Return first row, first column and shape of the cells that the turned views cover."""
    grid = ground.grid
    seen = np.argwhere(ground.weight > 0.0)
    if not len(seen):
        return 0, 0, (1, 1)
    hull = cv2.convexHull(seen.astype(np.float32))[:, 0] + 0.5
    forward, left = -(hull[:, 0] + grid.top), -(hull[:, 1] + grid.left)
    cosine, sine = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    columns = cosine * forward - sine * left
    rows = -(sine * forward + cosine * left)
    top, first = math.floor(rows.min()) - 1, math.floor(columns.min()) - 1
    return top, first, (math.ceil(rows.max()) + 1 - top, math.ceil(columns.max()) + 1 - first)


def _planes_last(ground):
    """Stack channels and weight in blocks of at most four, the most that OpenCV warps at once."""
    planes = [*ground.channels, ground.weight]
    return [cv2.merge(planes[k:k + 4]) for k in range(0, len(planes), 4)]
