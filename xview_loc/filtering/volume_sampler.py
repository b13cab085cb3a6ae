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

"""Draw poses from a likelihood volume times a prior: heatmap-guided proposals."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Callable

import numpy as np

from xview_loc.filtering.likelihood_model import ImageEvidence
from xview_loc.geometry.angles import wrap_angle

NEGLIGIBLE_LOG_RATIO = 16.0


@dataclass(frozen=True)
class PoseDraws:
    """
    Weighted poses.

    :param poses: ``(3, n)`` x, y, yaw.
    :param weights: ``(n,)`` whose sum is the evidence of the prior they were drawn under.
    :param evidence: sum of the weights over all cells.
    """

    poses: np.ndarray
    weights: np.ndarray
    evidence: float


class VolumeSampler:
    """
    Samples the part of an image's evidence that stands above the wrong-peak floor.

    The likelihood ``L = outlier**novelty + excess`` is split in two; the floor part is left to
    the particles that are there already, the excess is drawn cell by cell in proportion to
    ``excess * prior`` and spread within the cell with an importance weight, so that the draws
    represent the posterior properly (the dual proposal of Thrun et al. 2001, "Robust Monte Carlo
    localization for mobile robots", with exact weights). Cells more than ``exp(16)`` below the
    peak are left out; together they cannot hold more than 10 % of a volume of a million cells.

    :param evidence: a volume ready to weigh with.
    """

    def __init__(self, evidence: ImageEvidence):
        """Collect the cells that matter."""
        self._evidence = evidence
        volume = evidence.likelihood
        flat = volume.log_likelihood.reshape(-1)
        lowest = (evidence.log_peak - NEGLIGIBLE_LOG_RATIO + evidence.log_mean)
        cells = np.flatnonzero(flat >= np.float32(lowest * evidence.temperature))
        height, width = volume.geometry.shape
        k, rest = np.divmod(cells, height * width)
        row, column = np.divmod(rest, width)
        self._row, self._column, self._slice = row, column, k
        self._x, self._y = volume.geometry.map_from_pixel(row + 0.5, column + 0.5)
        self._yaw = volume.yaws[k]
        self._excess = self._above_floor(
            np.minimum(flat[cells].astype(np.float64) / evidence.temperature
                       - evidence.log_mean, evidence.log_peak))
        self.has_yaw = len(volume.yaws) > 1
        self._yaw_width = _slice_widths(volume) if self.has_yaw else np.ones(1)
        self._cell_area = volume.geometry.metres_per_pixel ** 2

    @property
    def known_measure(self) -> float:
        """Return the size of the known part of the volume [m2 rad], or [m2] without yaw."""
        known = np.isfinite(self._evidence.likelihood.log_likelihood).sum(axis=(1, 2))
        return float(self._cell_area * (known * self._yaw_width).sum())

    def _above_floor(self, log_ratio):
        return np.maximum(self._evidence.mixture(log_ratio) - self._evidence.floor, 0.0)

    def draw(self, prior: Callable[..., np.ndarray], count: int,
             generator: np.random.Generator) -> PoseDraws | None:
        """
        Draw poses under a prior.

        :param prior: density of x, y, yaw; per m2 where the volume has no yaw.
        :param count: number of draws.
        :param generator: source of ``4 * count`` uniform numbers.
        :return: ``None`` where prior and volume have nothing in common. Without yaw in the volume
            the drawn yaws are meaningless.
        """
        density = prior(self._x, self._y, self._yaw)
        mass = density * self._excess * self._cell_area * self._yaw_width[self._slice]
        edges = np.cumsum(mass)
        if not (len(edges) and np.isfinite(edges[-1]) and edges[-1] > 0.0):
            return None
        uniform = generator.random((4, count))
        marks = (np.arange(count) + uniform[0]) * (edges[-1] / count)
        chosen = np.minimum(np.searchsorted(edges, marks, side='right'), len(edges) - 1)
        poses = self._spread(chosen, uniform[1:])
        weights = self._importance(poses, chosen, prior, density)
        return PoseDraws(poses, weights * (edges[-1] / count), float(edges[-1]))

    def _spread(self, chosen, uniform):
        geometry = self._evidence.likelihood.geometry
        x, y = geometry.map_from_pixel(
            self._row[chosen] + uniform[0], self._column[chosen] + uniform[1])
        yaw = self._yaw[chosen]
        if self.has_yaw:
            yaw = yaw + (uniform[2] - 0.5) * self._yaw_width[self._slice[chosen]]
        return np.stack([x, y, wrap_angle(yaw)])

    def _importance(self, poses, chosen, prior, density):
        log_ratio = self._evidence.log_ratio(*poses)
        excess = np.where(np.isnan(log_ratio), self._excess[chosen],
                          self._above_floor(np.nan_to_num(log_ratio)))
        ratio = excess / self._excess[chosen] * prior(*poses) / density[chosen]
        return np.clip(ratio, 1e-6, 1e3)


def _slice_widths(volume):
    """Return ``(K,)`` the yaw interval each slice stands for [rad]."""
    yaws = volume.yaws
    if volume.is_full_circle:
        ring = np.concatenate([[yaws[-1] - 2.0 * math.pi], yaws, [yaws[0] + 2.0 * math.pi]])
        return 0.5 * (ring[2:] - ring[:-2])
    gaps = np.diff(yaws)
    return 0.5 * (np.append(gaps[0], gaps) + np.append(gaps, gaps[-1]))
