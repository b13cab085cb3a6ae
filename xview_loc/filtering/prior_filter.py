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

"""Odometry and GNSS alone: a prior for where no particle filter runs."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.motion_model import Motion, MotionModel
from xview_loc.filtering.pose_estimate import Health, PoseEstimate
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2

FIRST_BASE_M = 5.0
GATE = 13.8
PATIENCE = 5


class PriorFilter:
    """
    An extended Kalman filter (filterpy's) over x, y, yaw.

    The yaw starts from the course between the first fixes that lie 5 m and four standard
    deviations apart. Fixes beyond the 99.9 % gate are ignored, unless five in a row are. filterpy
    brings scipy and matplotlib along, so it is imported only when a filter is made.

    :param motion_model: linearised motion with its noise.
    :param correlated_std: standard deviation of the GNSS error that does not average out [m].
    """

    def __init__(self, motion_model: MotionModel, correlated_std: float = 3.0):
        """Start without a pose."""
        from filterpy.kalman import ExtendedKalmanFilter
        self._motion_model = motion_model
        self._correlated = correlated_std ** 2 * np.eye(2)
        self._ekf = ExtendedKalmanFilter(dim_x=3, dim_z=2)
        self._first: GnssFix | None = None
        self._since_first = Pose2(0.0, 0.0, 0.0)
        self._stamp = -math.inf
        self._started = False
        self._ignored = 0

    def predict(self, motion: Motion) -> None:
        """
        Move by a step of the odometry.

        :param motion: the step; silence only widens.
        """
        self._stamp += motion.duration
        if not self._started:
            self._since_first = self._since_first @ (motion.increment or Pose2(0.0, 0.0, 0.0))
            return
        pose, covariance = self._motion_model.propagated(self._pose(), self._ekf.P, motion)
        self._ekf.x, self._ekf.P = pose.as_array(), covariance

    def correct(self, fix: GnssFix) -> bool:
        """
        Take a fix at the present stamp.

        :param fix: the measurement.
        :return: whether it was used.
        """
        self._stamp = fix.stamp
        white = np.array(fix.covariance) + 1e-4 * np.eye(2)
        if not self._started:
            return self._start(fix, white)
        observe = np.eye(2, 3)
        innovation = np.array([fix.x, fix.y]) - self._ekf.x[:2]
        total = self._ekf.P[:2, :2] + white + self._correlated
        if innovation @ np.linalg.solve(total, innovation) > GATE and self._ignored < PATIENCE:
            self._ignored += 1
            return False
        self._ignored = 0
        self._ekf.update(np.array([fix.x, fix.y]), lambda _: observe, lambda x: observe @ x,
                         R=white)
        self._ekf.x[2] = wrap_angle(self._ekf.x[2])
        return True

    def _start(self, fix, white):
        """Find the yaw that lays the driven way between two fixes onto their difference."""
        if self._first is None:
            self._first, self._since_first = fix, Pose2(0.0, 0.0, 0.0)
            return True
        way = self._since_first
        driven = math.hypot(way.x, way.y)
        spread = math.sqrt(white[0, 0] + white[1, 1] + float(np.trace(self._first.covariance)))
        course = math.atan2(fix.y - self._first.y, fix.x - self._first.x)
        if driven < max(FIRST_BASE_M, 4.0 * spread):
            return True
        yaw = float(wrap_angle(course - math.atan2(way.y, way.x) + way.yaw))
        self._ekf.x = np.array([fix.x, fix.y, yaw])
        self._ekf.P = np.diag([0.0, 0.0, (spread / driven) ** 2])
        self._ekf.P[:2, :2] = white
        self._started = True
        return True

    @property
    def estimate(self) -> PoseEstimate | None:
        """Return the pose, with the GNSS error that stays; ``None`` before the yaw is known."""
        if not self._started:
            return None
        covariance = self._ekf.P.copy()
        covariance[:2, :2] += self._correlated
        return PoseEstimate(
            self._pose(), covariance, self._stamp, Health.UNCERTAIN,
            'odometry and GNSS only')

    def _pose(self):
        x, y, yaw = map(float, self._ekf.x)
        return Pose2(x, y, yaw)
