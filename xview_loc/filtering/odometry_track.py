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

"""Odometry poses by stamp, in any order of arrival."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
import math

from xview_loc.filtering.gnss_fix import COORDINATE_LIMIT_M
from xview_loc.filtering.motion_model import Motion
from xview_loc.geometry.pose2 import Pose2


class OdometryTrack:
    """
    A bounded record of odometry, interpolated by stamp.

    What it returns depends only on the samples it holds, never on the order they came in. A step
    that no vehicle can make (the odometry was restarted) counts as silence.

    :param duration_s: samples older than the newest by more are forgotten [s].
    :param largest_gap_s: longer silence is not interpolated [s].
    :param largest_speed: faster steps are jumps of the odometry frame [m/s].
    :param largest_count: never holds more samples.
    """

    def __init__(self, duration_s: float, largest_gap_s: float = 1.0,
                 largest_speed: float = 100.0, largest_count: int = 20_000):
        """Start empty."""
        self._duration = duration_s
        self._largest_gap = largest_gap_s
        self._largest_speed = largest_speed
        self._largest_count = largest_count
        self._stamps: list[float] = []
        self._poses: list[Pose2] = []

    @property
    def latest_stamp(self) -> float:
        """Return the newest stamp [s]; -inf when empty."""
        return self._stamps[-1] if self._stamps else -math.inf

    @property
    def latest(self) -> Pose2 | None:
        """Return the newest pose."""
        return self._poses[-1] if self._poses else None

    def clear(self) -> None:
        """Forget all samples."""
        self._stamps.clear()
        self._poses.clear()

    def add(self, stamp: float, pose: Pose2) -> float | None:
        """
        Take a sample.

        :param stamp: [s].
        :param pose: ``base_link`` in ``odom``.
        :return: the stamp from which on earlier answers may have changed; ``None`` when the
            sample was refused because it is a duplicate, not finite, absurd or too old.
        """
        if not all(map(math.isfinite, (stamp, pose.x, pose.y, pose.yaw))):
            return None
        if max(abs(pose.x), abs(pose.y), abs(pose.yaw)) > COORDINATE_LIMIT_M:
            return None
        place = bisect_left(self._stamps, stamp)
        if place < len(self._stamps) and self._stamps[place] == stamp:
            return None
        if self._stamps and stamp < self._stamps[-1] - self._duration:
            return None
        changed_from = self._stamps[place - 1] if place > 0 else stamp
        self._stamps.insert(place, stamp)
        self._poses.insert(place, pose)
        self._forget()
        return changed_from

    def _forget(self):
        old = bisect_left(self._stamps, self._stamps[-1] - self._duration)
        old = max(old, len(self._stamps) - self._largest_count)
        # Cutting in blocks keeps the cost of an insertion constant on average.
        if old > 256 or len(self._stamps) > self._largest_count:
            del self._stamps[:old]
            del self._poses[:old]

    def at(self, stamp: float) -> Pose2 | None:
        """
        Interpolate the pose at a stamp.

        :param stamp: [s].
        :return: ``None`` outside the record and inside gaps and jumps.
        """
        place = bisect_right(self._stamps, stamp)
        if place == 0:
            return None
        if self._stamps[place - 1] == stamp:
            return self._poses[place - 1]
        if place == len(self._stamps) or not self._is_motion(place):
            return None
        start, end = self._stamps[place - 1], self._stamps[place]
        return self._poses[place - 1].interpolate(
            self._poses[place], (stamp - start) / (end - start))

    def motions(self, start: float, end: float, step_s: float = 0.5) -> list[Motion]:
        """
        Cut the motion between two stamps into short steps.

        :param start: [s].
        :param end: not before ``start`` [s].
        :param step_s: no step is longer, so that linear error models hold [s].
        :return: steps that add up to ``end - start``; silence where the odometry does not reach.
        """
        if end <= start:
            return []
        known_from = max(start, self._stamps[0]) if self._stamps else end
        known_to = min(end, self.latest_stamp)
        if known_to <= known_from:
            return [Motion(None, end - start)]
        result = [Motion(None, known_from - start)] if known_from > start else []
        for piece_start, piece_end in self._pieces(known_from, known_to):
            if self._is_motion(bisect_right(self._stamps, piece_start)):
                result += self._steps(piece_start, piece_end, step_s)
            else:
                result.append(Motion(None, piece_end - piece_start))
        if end > known_to:
            result.append(Motion(None, end - known_to))
        return result

    def _pieces(self, start, end):
        """Split an interval at the gaps and jumps it contains."""
        first, last = bisect_right(self._stamps, start), bisect_left(self._stamps, end)
        cuts = [start]
        for place in range(first, min(last, len(self._stamps) - 1) + 1):
            if not self._is_motion(place):
                cuts += [max(self._stamps[place - 1], start), min(self._stamps[place], end)]
        cuts.append(end)
        return [(a, b) for a, b in zip(cuts[:-1], cuts[1:]) if b > a]

    def _steps(self, start, end, step_s):
        count = max(1, math.ceil((end - start) / step_s - 1e-9))
        stamps = [start + (end - start) * k / count for k in range(count)] + [end]
        poses = [self.at(stamp) for stamp in stamps]
        return [Motion(a.between(b) if a is not None and b is not None else None, t1 - t0)
                for a, b, t0, t1 in zip(poses[:-1], poses[1:], stamps[:-1], stamps[1:])]

    def _is_motion(self, place):
        """Tell whether the segment that ends at a sample can be interpolated."""
        if not 0 < place < len(self._stamps):
            return False
        duration = self._stamps[place] - self._stamps[place - 1]
        distance = self._poses[place - 1].distance_to(self._poses[place])
        return duration <= self._largest_gap and distance <= self._largest_speed * duration + 1.0
