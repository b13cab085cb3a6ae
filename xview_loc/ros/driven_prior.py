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

"""Fixes and odometry joined: a prior with a yaw where no particle filter runs."""

from __future__ import annotations

from collections import deque

import numpy as np

from xview_loc.filtering.filter_config import GnssConfig, MotionNoise
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.motion_model import Motion, MotionModel
from xview_loc.filtering.prior_filter import PriorFilter
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

_PENDING = 100


class DrivenPrior:
    """Feeds :class:`xview_loc.filtering.prior_filter.PriorFilter` with fixes in order."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._pending: deque[GnssFix] = deque(maxlen=_PENDING)
        self._filter: PriorFilter | None = None
        self._stamp: float | None = None

    def add_fix(self, fix: GnssFix) -> None:
        """
        Remember a fix until odometry reaches it.

        :param fix: in ``map``; one that is older than the last starts anew.
        """
        last = self._pending[-1].stamp if self._pending else self._stamp
        if last is not None and fix.stamp < last:
            self.clear()
        self._pending.append(fix)

    def latest(self, odometry: PoseBuffer) -> tuple[float, Pose2, np.ndarray] | None:
        """
        Return stamp, pose and ``(3, 3)`` covariance at the newest fix that odometry has reached.

        :param odometry: poses of ``base_link`` in ``odom``.
        :return: ``None`` until the vehicle has moved far enough to know its yaw.
        """
        reached = odometry.latest
        while self._pending and reached is not None and self._pending[0].stamp <= reached[0]:
            self._take(self._pending.popleft(), odometry)
        estimate = self._filter.estimate if self._filter is not None else None
        if estimate is None:
            return None
        return estimate.stamp, estimate.pose, np.asarray(estimate.covariance)

    def _take(self, fix, odometry):
        """Move to the stamp of a fix and use it."""
        if self._filter is None:
            self._filter = PriorFilter(MotionModel(MotionNoise(), GnssErrorModel(GnssConfig())))
        if self._stamp is not None:
            self._filter.predict(Motion(
                odometry.increment(self._stamp, fix.stamp), fix.stamp - self._stamp))
        self._filter.correct(fix)
        self._stamp = fix.stamp
