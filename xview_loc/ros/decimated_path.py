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

"""A path of bounded length."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path

from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.conversions import path_pose
from xview_loc.ros.stamps import time_message


class DecimatedPath:
    """
    Remembers the whole way at a resolution that halves whenever it is full.

    :param frame_id: the map frame.
    :param limit: most poses kept.
    """

    def __init__(self, frame_id: str, limit: int) -> None:
        """Start empty."""
        self._frame_id = frame_id
        self._limit = limit
        self._poses: list[PoseStamped] = []
        self._stamp = 0.0
        self._stride = 1
        self._skipped = 0

    def __len__(self) -> int:
        """Return the number of poses kept."""
        return len(self._poses)

    def clear(self) -> None:
        """Forget the way."""
        self._poses.clear()
        self._stride, self._skipped = 1, 0

    def add(self, stamp: float, pose: Pose2) -> None:
        """
        Append a pose, unless the way is already kept more coarsely than that.

        :param stamp: time of the pose [s].
        :param pose: ``base_link`` in ``map``.
        """
        self._skipped += 1
        if self._poses and self._skipped < self._stride:
            return
        self._skipped = 0
        self._stamp = stamp
        self._poses.append(path_pose(pose, stamp, self._frame_id))
        if len(self._poses) >= self._limit:
            self._poses = self._poses[::2]
            self._stride *= 2

    def message(self) -> Path:
        """Return the path, stamped with its newest pose."""
        path = Path(poses=list(self._poses))
        path.header.frame_id = self._frame_id
        path.header.stamp = time_message(self._stamp)
        return path
