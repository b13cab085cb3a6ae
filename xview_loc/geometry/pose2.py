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

"""Planar poses."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle


@dataclass(frozen=True, slots=True)
class Pose2:
    """
    A planar pose, or equally the transform ``target_from_source`` it stands for.

    :param x: east [m].
    :param y: north [m].
    :param yaw: counter-clockwise from east [rad].
    """

    x: float
    y: float
    yaw: float

    def __matmul__(self, other: Pose2) -> Pose2:
        """Compose: ``a_from_b @ b_from_c`` is ``a_from_c``."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return Pose2(
            self.x + cosine * other.x - sine * other.y,
            self.y + sine * other.x + cosine * other.y,
            float(wrap_angle(self.yaw + other.yaw)))

    def inverse(self) -> Pose2:
        """Return ``b_from_a`` of this ``a_from_b``."""
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        return Pose2(
            -cosine * self.x - sine * self.y,
            sine * self.x - cosine * self.y,
            float(wrap_angle(-self.yaw)))

    def between(self, other: Pose2) -> Pose2:
        """Return ``other`` as seen from this pose: ``self.inverse() @ other``."""
        return self.inverse() @ other

    def transform(self, points: np.ndarray) -> np.ndarray:
        """
        Move points from the source frame to the target frame.

        :param points: ``(..., 2)`` x, y in the source frame [m].
        :return: ``(..., 2)`` float64 x, y in the target frame [m].
        """
        cosine, sine = math.cos(self.yaw), math.sin(self.yaw)
        points = np.asarray(points, dtype=np.float64)
        rotation = np.array([[cosine, -sine], [sine, cosine]])
        return points @ rotation.T + (self.x, self.y)

    def distance_to(self, other: Pose2) -> float:
        """Return the planar distance to another pose [m]."""
        return math.hypot(other.x - self.x, other.y - self.y)

    def interpolate(self, other: Pose2, fraction: float) -> Pose2:
        """
        Interpolate linearly in position and along the shorter arc in yaw.

        :param other: the pose at ``fraction`` 1.
        :param fraction: 0 gives this pose, 1 the other; outside [0, 1] extrapolates.
        """
        turn = float(wrap_angle(other.yaw - self.yaw))
        return Pose2(
            self.x + fraction * (other.x - self.x),
            self.y + fraction * (other.y - self.y),
            float(wrap_angle(self.yaw + fraction * turn)))

    def as_array(self) -> np.ndarray:
        """Return ``(3,)`` float64 x, y, yaw."""
        return np.array([self.x, self.y, self.yaw])
