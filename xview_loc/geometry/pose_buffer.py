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

import math

from xview_loc.errors import GeometryError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.stamped_history import StampedHistory


class PoseBuffer(StampedHistory[Pose2]):
    """
    Poses of one moving frame by stamp, for instance ``odom_from_base``.

    Between two poses the vehicle is taken to move along an arc of constant speed and yaw rate,
    which is exact for steady driving; beyond the newest pose the last arc goes on.

    :param duration_s: how far back from the newest stamp poses are kept [s].
    :param max_gap_s: two neighbours further apart than this are not interpolated [s].
    :raises GeometryError: when a duration is not positive.
    """

    def __init__(self, duration_s: float = 10.0, max_gap_s: float = 0.5):
        super().__init__(duration_s)
        if not max_gap_s > 0.0:
            raise GeometryError(f'max_gap_s is {max_gap_s}; it must be positive.')
        self._max_gap = max_gap_s

    def add(self, stamp: float, value: Pose2) -> bool:
        """
        Insert a pose; one with a stamp that is already held replaces it.

        :param stamp: time of the pose [s]; need not be the newest.
        :param value: the pose.
        :return: False when the stamp is older than the buffer reaches.
        :raises GeometryError: when the stamp or the pose is not finite.
        """
        if not all(map(math.isfinite, (value.x, value.y, value.yaw))):
            raise GeometryError(f'The pose {value} at stamp {stamp} is not finite.')
        return super().add(stamp, value)

    def at(self, stamp: float, max_extrapolation_s: float = 0.0) -> Pose2 | None:
        """
        Return the pose at a time.

        :param stamp: time asked for [s].
        :param max_extrapolation_s: how far beyond the newest pose the last motion may be
            continued [s].
        :return: the pose, or ``None`` before the oldest pose, too far beyond the newest, and
            inside a gap.
        """
        with self._lock:
            before, after = self.bracket(stamp)
            if before is not None and after is None:
                return self._at_or_beyond_newest(stamp, max_extrapolation_s)
        if before is None or after is None:
            return None
        if before[0] == stamp:
            return before[1]
        if after[0] - before[0] > self._max_gap:
            return None
        fraction = (stamp - before[0]) / (after[0] - before[0])
        return _along_arc(before[1], after[1], fraction)

    def _at_or_beyond_newest(self, stamp, max_extrapolation_s):
        """Continue the last motion, or stand still where it is not known."""
        newest_stamp, newest = self._entry(-1)
        if not stamp - newest_stamp <= max_extrapolation_s:
            return None
        if stamp == newest_stamp or len(self) < 2:
            return newest
        previous_stamp, previous = self._entry(-2)
        if newest_stamp - previous_stamp > self._max_gap:
            return newest
        fraction = (stamp - previous_stamp) / (newest_stamp - previous_stamp)
        return _along_arc(previous, newest, fraction)

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
