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

"""Where the vehicle probably is at the time of an image."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros.driven_prior import DrivenPrior

LARGEST_SPEED = 20.0
"""Growth of the uncertainty where odometry is missing [m/s]."""

LARGEST_TURN_RATE = 0.5
"""Growth of the yaw uncertainty where odometry is missing [rad/s]."""

ODOMETRY_DRIFT = 0.03
"""Standard deviation of the odometry over the short way since the pose [m per m]."""

ODOMETRY_TURN_DRIFT = 0.05
"""Standard deviation of a turn measured by odometry [rad per rad]."""


@dataclass(frozen=True)
class Prior:
    """
    A pose with its uncertainty at the time of an image.

    :param pose: ``base_link`` in ``map``; its yaw means nothing unless ``yaw_known``.
    :param covariance: ``(3, 3)`` of x, y, yaw.
    :param source: ``pose``, ``driven`` (fixes and odometry joined) or ``fix``.
    :param age_s: how far the measurement behind it was moved in time [s].
    """

    pose: Pose2
    covariance: np.ndarray
    source: str
    age_s: float

    @property
    def yaw_known(self) -> bool:
        """Tell whether a yaw comes with it."""
        return self.source != 'fix'

    @property
    def position_sigma(self) -> float:
        """Return the standard deviation along the worst direction [m]."""
        return math.sqrt(float(np.linalg.eigvalsh(self.covariance[:2, :2])[-1]))

    @property
    def yaw_sigma(self) -> float:
        """Return the standard deviation of the yaw [rad]; infinite when it is not known."""
        return math.sqrt(float(self.covariance[2, 2])) if self.yaw_known else math.inf


class PriorSource:
    """
    Remembers the newest pose of the filter and the newest fix and moves them in time.

    :param timeout_s: older ones are not used [s].
    :param joins: join fixes and odometry by a Kalman filter as well.
    """

    def __init__(self, timeout_s: float, joins: bool = False) -> None:
        """Know nothing yet."""
        self.timeout_s = timeout_s
        self._driven = DrivenPrior() if joins else None
        self._pose: tuple[float, Pose2, np.ndarray] | None = None
        self._fix: tuple[float, Pose2, np.ndarray] | None = None

    def clear(self) -> None:
        """Forget everything."""
        self._pose = self._fix = None
        if self._driven is not None:
            self._driven.clear()

    def set_pose(self, stamp: float, pose: Pose2, covariance: np.ndarray) -> None:
        """Remember an estimate of the filter: ``(3, 3)`` covariance of x, y, yaw."""
        self._pose = (stamp, pose, np.asarray(covariance, dtype=np.float64))

    def set_fix(self, stamp: float, x: float, y: float, covariance: np.ndarray) -> None:
        """Remember a fix: ``(2, 2)`` covariance of east and north."""
        full = np.diag([0.0, 0.0, math.pi ** 2])
        full[:2, :2] = covariance
        self._fix = (stamp, Pose2(x, y, 0.0), full)
        if self._driven is not None:
            self._driven.add_fix(GnssFix(stamp, x, y, covariance))

    def candidates(self, stamp: float, odometry: PoseBuffer) -> list[Prior]:
        """
        Return the priors at a time, the best first.

        That from the pose comes before that of fixes and odometry joined, and the latest fix
        alone is the last resort.

        :param stamp: time of the image [s].
        :param odometry: poses of ``base_link`` in ``odom``.
        :return: empty when nothing fresh enough is known.
        """
        driven = self._driven.latest(odometry) if self._driven is not None else None
        priors = []
        for source, known in (('pose', self._pose), ('driven', driven), ('fix', self._fix)):
            if known is not None and abs(stamp - known[0]) <= self.timeout_s:
                moved = _without_heading if source == 'fix' else _with_heading
                priors.append(replace(moved(known, stamp, odometry), source=source))
        return priors


def _with_heading(known: tuple[float, Pose2, np.ndarray], stamp: float,
                  odometry: PoseBuffer) -> Prior:
    """Move a pose by the odometry; first-order propagation of its covariance."""
    since, pose, covariance = known
    step = odometry.increment(since, stamp, max_extrapolation_s=0.2)
    if step is None:
        return Prior(pose, covariance + _ignorance(stamp - since), 'pose', stamp - since)
    moved = pose @ step
    jacobian = np.eye(3)
    jacobian[0, 2], jacobian[1, 2] = pose.y - moved.y, moved.x - pose.x
    noise = np.diag([(ODOMETRY_DRIFT * math.hypot(step.x, step.y)) ** 2] * 2
                    + [(ODOMETRY_TURN_DRIFT * step.yaw) ** 2])
    return Prior(moved, jacobian @ covariance @ jacobian.T + noise, 'pose', stamp - since)


def _without_heading(known: tuple[float, Pose2, np.ndarray], stamp: float,
                     odometry: PoseBuffer) -> Prior:
    """Widen a fix by the way travelled, whose direction is not known."""
    since, pose, covariance = known
    step = odometry.increment(since, stamp, max_extrapolation_s=0.2)
    if step is None:
        return Prior(pose, covariance + _ignorance(stamp - since), 'fix', stamp - since)
    way = math.hypot(step.x, step.y)
    return Prior(pose, covariance + np.diag([way ** 2, way ** 2, 0.0]), 'fix', stamp - since)


def _ignorance(duration: float) -> np.ndarray:
    """Return the covariance gained over a time without odometry."""
    return np.diag([(LARGEST_SPEED * duration) ** 2] * 2
                   + [(LARGEST_TURN_RATE * duration) ** 2])
