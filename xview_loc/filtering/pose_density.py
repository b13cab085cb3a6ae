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

"""A pose density that can be evaluated anywhere: the particle set smoothed to Gaussians."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.filtering.pose_estimate import PoseMode
from xview_loc.filtering.turn import wrapped
from xview_loc.geometry.pose2 import Pose2

UNKNOWN_YAW_STD = 0.8


@dataclass(frozen=True)
class GaussianMixture:
    """
    A mixture of Gaussians over x, y, yaw.

    A component whose yaw is known worse than 46 deg counts as uniform in yaw: beyond that a
    Gaussian on the circle is off by more than 1 % (its tail past half a turn).

    :param components: hypotheses with weights; they need not sum to one.
    :param with_yaw: integrate the yaw out when false.
    """

    components: tuple[PoseMode, ...]
    with_yaw: bool = True

    @classmethod
    def around(cls, pose: Pose2, covariance: np.ndarray) -> GaussianMixture:
        """Return a single component of weight one."""
        return cls((PoseMode(pose, covariance, 1.0),))

    def density(self, x: np.ndarray, y: np.ndarray, yaw: np.ndarray) -> np.ndarray:
        """
        Evaluate the density.

        :param x: ``(N,)`` east [m].
        :param y: ``(N,)`` north [m].
        :param yaw: ``(N,)`` [rad].
        :return: ``(N,)`` per m2 and rad; per m2 when the yaw is integrated out.
        """
        total = np.zeros(np.broadcast(x, y, yaw).shape)
        for component in self.components:
            total += component.weight * self._gaussian(component, x, y, yaw)
        return total

    def _gaussian(self, component, x, y, yaw):
        known_yaw = component.covariance[2, 2] < UNKNOWN_YAW_STD ** 2
        size = 3 if self.with_yaw and known_yaw else 2
        covariance = component.covariance[:size, :size]
        precision = np.linalg.inv(covariance)
        deviation = [x - component.pose.x, y - component.pose.y]
        if size == 3:
            deviation.append(wrapped(yaw - component.pose.yaw))
        square = sum(precision[i, j] * deviation[i] * deviation[j]
                     for i in range(size) for j in range(size))
        scale = 1.0 / math.sqrt((2.0 * math.pi) ** size * np.linalg.det(covariance))
        if self.with_yaw and not known_yaw:
            scale /= 2.0 * math.pi
        return scale * np.exp(-0.5 * square)
