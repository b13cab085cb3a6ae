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

"""An extended Kalman filter on heatmap peaks, the ordinary way to fuse a matcher."""

from __future__ import annotations

import math

from filterpy.kalman import ExtendedKalmanFilter
import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.method import MethodEstimate

PEAK_COVARIANCE = np.diag([0.5 ** 2, 0.5 ** 2, math.radians(2.0) ** 2])
FORWARD_PER_SQRT_M = 0.05
YAW_PER_SQRT_M = math.radians(0.2)
GATE = 16.3
PATIENCE = 10
UNKNOWN_YAW_VARIANCE = math.pi ** 2 / 3.0


class PeakEkf:
    """
    Odometry predicts, fixes and heatmap peaks correct, each with a constant covariance.

    Peaks beyond the 99.9 % gate are ignored, unless ten in a row disagree: then the pose is set to
    the peak. Late measurements are taken as present ones.
    """

    uses_images = True
    looks_back = False

    def __init__(self):
        """Start without a pose."""
        self._ekf: ExtendedKalmanFilter | None = None
        self._odometry: Pose2 | None = None
        self._used: Pose2 | None = None
        self._ignored = 0

    def add_odometry(self, stamp: float, pose: Pose2) -> None:
        """Take a pose of ``base_link`` in ``odom``; older ones never come."""
        self._odometry = pose

    def add_fix(self, fix: GnssFix) -> None:
        """Correct the position."""
        position = np.array([fix.x, fix.y])
        if self._ekf is None:
            self._start(np.array([fix.x, fix.y, 0.0]), np.asarray(fix.covariance))
            return
        self._predict()
        observe = np.eye(2, 3)
        self._ekf.update(position, lambda _: observe, lambda x: observe @ x,
                         R=np.array(fix.covariance))
        self._ekf.x[2] = wrap_angle(self._ekf.x[2])

    def add_likelihood(self, likelihood: PoseLikelihood) -> None:
        """Correct the pose by the peak."""
        if self._ekf is None:
            return
        try:
            peak = likelihood.peak().as_array()
        except MatchingError:
            return
        self._predict()
        innovation = _difference(peak, self._ekf.x)
        total = self._ekf.P + PEAK_COVARIANCE
        if innovation @ np.linalg.solve(total, innovation) > GATE:
            self._ignored += 1
            if self._ignored < PATIENCE:
                return
            self._ekf.x, self._ekf.P = peak, 4.0 * PEAK_COVARIANCE
        self._ignored = 0
        self._ekf.update(peak, lambda _: np.eye(3), lambda x: x, R=PEAK_COVARIANCE,
                         residual=_difference)
        self._ekf.x[2] = wrap_angle(self._ekf.x[2])

    def update(self, now: float) -> None:
        """Do nothing: measurements are handled on arrival."""

    def predict(self, stamp: float) -> MethodEstimate | None:
        """Return the present pose."""
        if self._ekf is None:
            return None
        self._predict()
        return MethodEstimate(Pose2(*map(float, self._ekf.x)), self._ekf.P.copy())

    def _start(self, state, covariance):
        self._ekf = ExtendedKalmanFilter(dim_x=3, dim_z=3)
        self._ekf.x = state
        self._ekf.P = np.diag([0.0, 0.0, UNKNOWN_YAW_VARIANCE])
        self._ekf.P[:2, :2] = covariance
        self._used = self._odometry

    def _predict(self):
        if self._odometry is None or self._used is None or self._used == self._odometry:
            return
        step = self._used.between(self._odometry)
        before = Pose2(*map(float, self._ekf.x))
        after = before @ step
        jacobian = np.eye(3)
        jacobian[0, 2], jacobian[1, 2] = before.y - after.y, after.x - before.x
        distance = math.hypot(step.x, step.y)
        noise = np.array([FORWARD_PER_SQRT_M, FORWARD_PER_SQRT_M, YAW_PER_SQRT_M]) ** 2
        self._ekf.x = after.as_array()
        self._ekf.P = jacobian @ self._ekf.P @ jacobian.T + np.diag(noise * distance + 1e-8)
        self._used = self._odometry


def _difference(a, b):
    result = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    result[2] = wrap_angle(result[2])
    return result
