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

"""The likelihood of vehicle poses, as a volume over yaw, row and column."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class PoseLikelihood:
    """
    Unnormalised log-likelihood of the pose of ``base_link`` in ``map``.

    Convention: ``log_likelihood[k, i, j]`` belongs to yaw ``yaws[k]`` and to the centre of cell
    ``(i, j)`` of ``geometry`` (row 0 in the north). NaN means that nothing is known there.

    :param log_likelihood: ``(K, H, W)`` float32; read-only.
    :param geometry: place of the cells in ``map``.
    :param yaws: ``(K,)`` strictly increasing, spanning less than 2 pi [rad]; read-only. A single
        slice means that the yaw was taken as known.
    :param stamp: time of the measurement [s].
    :param score: peak score of the matcher, comparable between its own results.
    :param confidence: probability in [0, 1] that the true pose was in the searched volume and
        found; NaN where the matcher cannot say.
    :param source: name of the matcher.
    :raises MatchingError: when the shapes or the yaws are not as described.
    """

    log_likelihood: np.ndarray
    geometry: PatchGeometry
    yaws: np.ndarray
    stamp: float
    score: float = math.nan
    confidence: float = math.nan
    source: str = ''

    def __post_init__(self):
        """Check shapes and make the arrays read-only."""
        yaws = frozen(self.yaws, np.float64)
        expected = (len(yaws), *self.geometry.shape)
        if self.log_likelihood.shape != expected:
            raise MatchingError(
                f'The log-likelihood must have shape {expected} (yaws, rows, columns); '
                f'got {self.log_likelihood.shape}.')
        if len(yaws) == 0 or np.any(np.diff(yaws) <= 0.0) or yaws[-1] - yaws[0] >= 2.0 * np.pi:
            raise MatchingError('Yaws must increase strictly and span less than 2 pi.')
        object.__setattr__(self, 'log_likelihood', frozen(self.log_likelihood, np.float32))
        object.__setattr__(self, 'yaws', yaws)

    @property
    def is_full_circle(self) -> bool:
        """Tell whether the yaws close the circle, so that interpolation wraps around."""
        if len(self.yaws) < 3:
            return False
        gap = self.yaws[0] + 2.0 * np.pi - self.yaws[-1]
        return bool(gap <= 1.5 * np.diff(self.yaws).max())

    def at(self, x, y, yaw) -> np.ndarray:
        """
        Interpolate the log-likelihood trilinearly.

        :param x: ``(N,)`` east in ``map`` [m].
        :param y: ``(N,)`` north in ``map`` [m].
        :param yaw: ``(N,)`` [rad]; ignored where the volume has a single slice.
        :return: ``(N,)`` float32; NaN outside the cell centres, outside the yaws, and where a
            cell that takes part in the interpolation is NaN.
        """
        row, column = self.geometry.pixel_from_map(x, y)
        height, width = self.geometry.shape
        row0, row_part, row_inside = _split(row - 0.5, height)
        column0, column_part, column_inside = _split(column - 0.5, width)
        flat = self.log_likelihood.reshape(-1)
        step_row = width if height > 1 else 0
        step_column = 1 if width > 1 else 0

        def plane(slice_index):
            base = (slice_index * height + row0) * width + column0
            top = flat[base] * (1.0 - column_part) + flat[base + step_column] * column_part
            base = base + step_row
            bottom = flat[base] * (1.0 - column_part) + flat[base + step_column] * column_part
            return top * (1.0 - row_part) + bottom * row_part

        if len(self.yaws) == 1:
            value, yaw_inside = plane(np.zeros_like(row0)), True
        else:
            lower, upper, part, yaw_inside = self._yaw_bracket(np.asarray(yaw))
            value = plane(lower) * (1.0 - part) + plane(upper) * part
        return np.where(row_inside & column_inside & yaw_inside, value, np.float32(np.nan))

    def _yaw_bracket(self, yaw):
        """Return lower slice, upper slice, part of the upper one, and whether it is inside."""
        count = len(self.yaws)
        turned = self.yaws[0] + (yaw - self.yaws[0]) % (2.0 * np.pi)
        upper = np.searchsorted(self.yaws, turned, side='right')
        if self.is_full_circle:
            ring = np.append(self.yaws, self.yaws[0] + 2.0 * np.pi)
            lower = upper - 1
            part = (turned - ring[lower]) / (ring[lower + 1] - ring[lower])
            return lower, upper % count, part.astype(np.float32), True
        inside = turned <= self.yaws[-1]
        upper = np.clip(upper, 1, count - 1)
        lower = upper - 1
        part = (turned - self.yaws[lower]) / (self.yaws[upper] - self.yaws[lower])
        return lower, upper, np.clip(part, 0.0, 1.0).astype(np.float32), inside

    def peak(self) -> Pose2:
        """
        Return the pose of the best cell, without sub-cell refinement.

        :raises MatchingError: when every cell is NaN.
        """
        if not np.isfinite(self.log_likelihood).any():
            raise MatchingError('The likelihood is NaN everywhere: nothing was visible.')
        best = np.nanargmax(self.log_likelihood)
        k, i, j = np.unravel_index(best, self.log_likelihood.shape)
        x, y = self.geometry.map_from_pixel(i + 0.5, j + 0.5)
        return Pose2(float(x), float(y), float(wrap_angle(self.yaws[k])))


def _split(position, count):
    """Split continuous indices into lower index, upper part, and whether they are inside."""
    inside = (position >= -1e-9) & (position <= count - 1 + 1e-9)
    with np.errstate(invalid='ignore'):
        lower = np.clip(np.nan_to_num(np.floor(position)), 0, max(count - 2, 0)).astype(np.intp)
    part = np.clip(np.nan_to_num(position) - lower, 0.0, 1.0).astype(np.float32)
    return lower, part, inside
