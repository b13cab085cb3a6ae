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

"""What a matcher would say: likelihood volumes made of peaks instead of pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood

CELL_M = 0.5
YAW_STEP = math.radians(2.0)
COARSE_CELL_M = 1.0
COARSE_YAW_STEP = math.radians(4.0)
FINE_RADIUS_M = 12.0
CLUTTER_DENSITY = 0.05
CLUTTER_REACH_M = 6.0
TILE_M = 20.0
PEAK_HEIGHT = 25.0
NOISE_STD = 0.3


@dataclass(frozen=True)
class Peaks:
    """
    Parabolic peaks of a log-likelihood.

    :param poses: ``(N, 3)`` x, y, yaw in ``map``.
    :param heights: ``(N,)`` above the floor.
    :param along_std: ``(N,)`` along the peak's yaw [m].
    :param across_std: ``(N,)`` [m].
    :param yaw_std: ``(N,)`` [rad].
    """

    poses: np.ndarray
    heights: np.ndarray
    along_std: np.ndarray
    across_std: np.ndarray
    yaw_std: np.ndarray

    @classmethod
    def joined(cls, parts: list[Peaks]) -> Peaks:
        """Concatenate."""
        if not parts:
            return cls(np.zeros((0, 3)), *(np.zeros(0),) * 4)
        return cls(*(np.concatenate([getattr(part, name) for part in parts])
                     for name in cls.__dataclass_fields__))

    @classmethod
    def single(cls, pose: Pose2, height: float, along_std: float, across_std: float,
               yaw_std: float) -> Peaks:
        """Return one peak."""
        return cls(pose.as_array()[None], *(
            np.array([value]) for value in (height, along_std, across_std, yaw_std)))


def clutter_tiles(prior: SearchPrior) -> list[tuple[int, int]]:
    """Return the indices of the 20 m tiles whose clutter a search can see."""
    reach = prior.radius_m + CLUTTER_REACH_M
    low_x, high_x = (math.floor((prior.pose.x + sign * reach) / TILE_M) for sign in (-1, 1))
    low_y, high_y = (math.floor((prior.pose.y + sign * reach) / TILE_M) for sign in (-1, 1))
    return [(i, j) for i in range(low_x, high_x + 1) for j in range(low_y, high_y + 1)]


def clutter(tile: tuple[int, int], height: float, generator: np.random.Generator) -> Peaks:
    """
    Scatter lower peaks of any yaw over a tile.

    :param tile: index of the tile.
    :param height: of a proper peak; clutter reaches 70 % of it.
    :param generator: source of random numbers.
    """
    count = generator.poisson(CLUTTER_DENSITY * TILE_M ** 2)
    uniform = generator.random((7, count))
    poses = np.stack([TILE_M * (tile[0] + uniform[0]), TILE_M * (tile[1] + uniform[1]),
                      math.pi * (2.0 * uniform[2] - 1.0)], axis=1)
    return Peaks(poses, height * (0.1 + 0.6 * uniform[3]), 0.3 + 1.2 * uniform[4],
                 0.3 + 0.5 * uniform[5], np.radians(1.0 + 2.0 * uniform[6]))


def render(peaks: Peaks, prior: SearchPrior, stamp: float,
           generator: np.random.Generator) -> PoseLikelihood:
    """
    Evaluate peaks on the grid that a matcher would search.

    Wide or blind searches use cells of 1 m and 4 deg, as coarse-to-fine matchers do.

    :param peaks: all there are.
    :param prior: where to look.
    :param stamp: [s].
    :param generator: source of cell noise.
    """
    wide = prior.radius_m > FINE_RADIUS_M or prior.yaw_range > math.radians(45.0)
    cell, yaw_step = (COARSE_CELL_M, COARSE_YAW_STEP) if wide else (CELL_M, YAW_STEP)
    half = math.ceil(prior.radius_m / cell)
    geometry = PatchGeometry(prior.pose.x, prior.pose.y, cell, 2 * half + 1, 2 * half + 1)
    if prior.yaw_range > math.radians(90.0):
        yaws = np.arange(-math.pi, math.pi - 0.5 * yaw_step, yaw_step)
    else:
        steps = math.ceil(prior.yaw_range / yaw_step)
        yaws = prior.pose.yaw + np.arange(-steps, steps + 1) * yaw_step
    volume = np.zeros((len(yaws), *geometry.shape), np.float32)
    peaks = _resolved(peaks, cell, yaw_step)
    for index in _visible(peaks, prior):
        _add_peak(volume, geometry, yaws, peaks, index, yaw_step)
    volume += NOISE_STD * generator.standard_normal(volume.shape, dtype=np.float32)
    return PoseLikelihood(volume, geometry, yaws, stamp, source='scenario')


def _resolved(peaks, cell, yaw_step):
    """Widen peaks that the grid is too coarse for, as a coarse matcher would see them."""
    return replace(
        peaks, along_std=np.maximum(peaks.along_std, 0.5 * cell),
        across_std=np.maximum(peaks.across_std, 0.5 * cell),
        yaw_std=np.maximum(peaks.yaw_std, 0.5 * yaw_step))


def _visible(peaks, prior):
    reach = prior.radius_m + 7.0 * np.maximum(peaks.along_std, peaks.across_std)
    near = ((np.abs(peaks.poses[:, 0] - prior.pose.x) < reach)
            & (np.abs(peaks.poses[:, 1] - prior.pose.y) < reach))
    turn = np.abs(wrap_angle(peaks.poses[:, 2] - prior.pose.yaw))
    return np.flatnonzero(near & (turn < prior.yaw_range + 7.0 * peaks.yaw_std))


def _add_peak(volume, geometry, yaws, peaks, index, yaw_step):
    """Raise the volume to a peak, in the box that the peak reaches."""
    x, y, yaw = peaks.poses[index]
    height = peaks.heights[index]
    sigmas = math.sqrt(2.0 * height)
    reach = sigmas * max(peaks.along_std[index], peaks.across_std[index])
    row, column = geometry.pixel_from_map(x, y)
    cells = reach / geometry.metres_per_pixel
    rows = slice(max(int(row - cells), 0), max(int(row + cells) + 1, 0))
    columns = slice(max(int(column - cells), 0), max(int(column + cells) + 1, 0))
    turn = np.abs(wrap_angle(yaws - yaw))
    slices = np.flatnonzero(turn <= sigmas * peaks.yaw_std[index] + 0.5 * yaw_step)
    box = volume[:, rows, columns]
    if box.size == 0 or len(slices) == 0:
        return
    i = np.arange(rows.start, rows.start + box.shape[1]) + 0.5
    j = np.arange(columns.start, columns.start + box.shape[2]) + 0.5
    east, north = geometry.map_from_pixel(i[:, None], j[None, :])
    cosine, sine = math.cos(yaw), math.sin(yaw)
    along = (cosine * (east - x) + sine * (north - y)) / peaks.along_std[index]
    across = (cosine * (north - y) - sine * (east - x)) / peaks.across_std[index]
    plane = height - 0.5 * (along ** 2 + across ** 2)
    off = 0.5 * (turn[slices] / peaks.yaw_std[index]) ** 2
    values = (plane[None] - off[:, None, None]).astype(np.float32)
    box[slices] = np.maximum(box[slices], values)
