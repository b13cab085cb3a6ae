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

"""A short history of poses, looked up by time."""

from __future__ import annotations

from bisect import bisect_left
import math

from xview_loc.errors import GeometryError
from xview_loc.geometry.pose2 import Pose2


class PoseBuffer:
    """
    Poses of one moving frame by stamp, for instance ``odom_from_base``.

    Between two poses the vehicle is taken to move along an arc of constant speed and yaw rate,
    which is exact for steady driving; beyond the newest pose the last arc goes on.

    :param duration_s: how far back from the newest stamp poses are kept [s].
    :param max_gap_s: two neighbours further apart than this are not interpolated [s].
    :raises GeometryError: when a duration is not positive.
    """

    def __init__(self, duration_s: float = 10.0, max_gap_s: float = 0.5):
        if not (duration_s > 0.0 and max_gap_s > 0.0):
            raise GeometryError(
                f'A pose buffer needs positive durations; got duration_s {duration_s} and '
                f'max_gap_s {max_gap_s}.')
        self._duration = duration_s
        self._max_gap = max_gap_s
        self._stamps: list[float] = []
        self._poses: list[Pose2] = []

    def __len__(self) -> int:
        """Return the number of poses held."""
        return len(self._stamps)

    @property
    def latest(self) -> tuple[float, Pose2] | None:
        """Return the newest stamp and pose, or ``None`` when empty."""
        return (self._stamps[-1], self._poses[-1]) if self._stamps else None

    @property
    def span(self) -> tuple[float, float] | None:
        """Return the oldest and the newest stamp, or ``None`` when empty."""
        return (self._stamps[0], self._stamps[-1]) if self._stamps else None

    def clear(self) -> None:
        """Forget everything, as after a jump in time."""
        self._stamps.clear()
        self._poses.clear()

    def add(self, stamp: float, pose: Pose2) -> bool:
        """
        Insert a pose; one with a stamp that is already held replaces it.

        :param stamp: time of the pose [s]; need not be the newest.
        :param pose: the pose.
        :return: False when the stamp is older than the buffer reaches. A run of these means that
            time has jumped back and the buffer must be cleared.
        :raises GeometryError: when the stamp or the pose is not finite.
        """
        if not all(map(math.isfinite, (stamp, pose.x, pose.y, pose.yaw))):
            raise GeometryError(f'The pose {pose} at stamp {stamp} is not finite.')
        if self._stamps and stamp < self._stamps[-1] - self._duration:
            return False
        index = bisect_left(self._stamps, stamp)
        if index < len(self._stamps) and self._stamps[index] == stamp:
            self._poses[index] = pose
        else:
            self._stamps.insert(index, stamp)
            self._poses.insert(index, pose)
        self._forget_before(self._stamps[-1] - self._duration)
        return True

    def _forget_before(self, stamp):
        count = bisect_left(self._stamps, stamp)
        del self._stamps[:count]
        del self._poses[:count]

    def at(self, stamp: float, max_extrapolation_s: float = 0.0) -> Pose2 | None:
        """
        Return the pose at a time.

        :param stamp: time asked for [s].
        :param max_extrapolation_s: how far beyond the newest pose the last motion may be
            continued [s].
        :return: the pose, or ``None`` before the oldest pose, too far beyond the newest, and
            inside a gap.
        """
        index = bisect_left(self._stamps, stamp)
        if index == len(self._stamps):
            return self._beyond(stamp, max_extrapolation_s)
        if self._stamps[index] == stamp:
            return self._poses[index]
        return self._between(index, stamp) if index > 0 else None

    def _beyond(self, stamp, max_extrapolation_s):
        """Continue the last motion, or stand still when there is only one pose."""
        if not self._stamps or not stamp - self._stamps[-1] <= max_extrapolation_s:
            return None
        moving = len(self._stamps) > 1 and self._stamps[-1] - self._stamps[-2] <= self._max_gap
        return self._between(len(self._stamps) - 1, stamp) if moving else self._poses[-1]

    def _between(self, index, stamp):
        """Move along the arc from pose ``index - 1`` to pose ``index``."""
        start, end = self._stamps[index - 1], self._stamps[index]
        if end - start > self._max_gap:
            return None
        fraction = (stamp - start) / (end - start)
        return _along_arc(self._poses[index - 1], self._poses[index], fraction)

    def increment(self, from_stamp: float, to_stamp: float,
                  max_extrapolation_s: float = 0.0) -> Pose2 | None:
        """
        Return the motion between two times: the pose at ``to_stamp`` seen from ``from_stamp``.

        :param from_stamp: start [s]; may be later than ``to_stamp``.
        :param to_stamp: end [s].
        :param max_extrapolation_s: as in :meth:`at`.
        :return: ``None`` where either pose is unknown.
        """
        start = self.at(from_stamp, max_extrapolation_s)
        end = self.at(to_stamp, max_extrapolation_s)
        return start.between(end) if start is not None and end is not None else None


def _along_arc(start: Pose2, end: Pose2, fraction: float) -> Pose2:
    """Return the pose a fraction of the way along the arc through two poses."""
    whole = start.between(end)
    half_turn = 0.5 * whole.yaw
    part = fraction * half_turn
    ratio = fraction if abs(half_turn) < 1e-9 else math.sin(part) / math.sin(half_turn)
    # The chord of an arc of yaw 2a leads in direction a and is 2 r sin(a) long.
    direction = part - half_turn
    cosine, sine = math.cos(direction), math.sin(direction)
    return start @ Pose2(ratio * (cosine * whole.x - sine * whole.y),
                         ratio * (sine * whole.x + cosine * whole.y), 2.0 * part)
