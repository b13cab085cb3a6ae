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

"""Collects frames into windows."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
import math

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import CameraError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

KEPT_PER_STRIDE = 4


class Intake(Enum):
    """What became of a frame that was handed to a :class:`FrameBuffer`."""

    ADDED = 'added'
    RESET = 'reset'
    LATE = 'late'


class FrameBuffer:
    """
    The recent frames of one camera, spaced in time.

    A window holds the newest frame and, for each further stride back, the frame closest to it (at
    most half a stride off). Frames in between are thinned to a quarter of the stride, so at most
    ``4 window_size`` images are held and a chosen frame is at most an eighth of the stride further
    off than it could be.

    The history is dropped when time jumps back by more than two strides and, in windows of several
    frames, on a gap above two strides.

    :param window_size: number of frames in a window.
    :param window_stride_s: time between them [s].
    :param max_extrapolation_s: how far the odometry may lag behind an image [s].
    :raises CameraError: when a value is not positive.
    """

    def __init__(self, window_size: int = 1, window_stride_s: float = 0.4,
                 max_extrapolation_s: float = 0.1):
        if window_size < 1 or not window_stride_s > 0.0 or max_extrapolation_s < 0.0:
            raise CameraError(
                f'A window of {window_size} frames {window_stride_s} s apart with '
                f'{max_extrapolation_s} s of extrapolation cannot be kept; the first two must be '
                'positive and the last not negative.')
        self._size = window_size
        self._stride = window_stride_s
        self._max_extrapolation = max_extrapolation_s
        self._frames: list[Frame] = []

    def __len__(self) -> int:
        """Return the number of frames held."""
        return len(self._frames)

    def clear(self) -> None:
        """Forget every frame."""
        self._frames.clear()

    def add(self, frame: Frame) -> Intake:
        """
        Take in a frame; one with the stamp of the newest replaces it.

        :param frame: its ``window_from_base`` is not used.
        :return: ADDED, RESET when the history was dropped first, or LATE when the frame is a
            little older than the newest and was ignored.
        :raises CameraError: when the stamp is not finite.
        """
        if not math.isfinite(frame.stamp):
            raise CameraError(f'The frame stamp {frame.stamp} is not a time.')
        if not self._frames:
            self._frames.append(frame)
            return Intake.ADDED
        step = frame.stamp - self._frames[-1].stamp
        if step < -2.0 * self._stride or (step > 2.0 * self._stride and self._size > 1):
            self._frames = [frame]
            return Intake.RESET
        if step < 0.0:
            return Intake.LATE
        if step == 0.0 or self._newest_is_between():
            self._frames.pop()
        self._frames.append(frame)
        reach = (self._size - 0.5) * self._stride
        self._frames = [kept for kept in self._frames if frame.stamp - kept.stamp <= reach]
        return Intake.ADDED

    def _newest_is_between(self):
        """Tell whether the newest frame is too close to the one before to be kept as well."""
        return (len(self._frames) > 1 and self._frames[-1].stamp - self._frames[-2].stamp
                < 0.99 * self._stride / KEPT_PER_STRIDE)

    def window(self, odometry: PoseBuffer) -> FrameWindow | None:
        """
        Return the window that ends with the newest frame.

        :param odometry: poses of ``base_link`` in a frame that does not jump. A frame whose
            motion it does not know is left out; the newest frame is always in.
        :return: newest first, or ``None`` before the first frame.
        """
        if not self._frames:
            return None
        newest = self._frames[-1]
        placed = [replace(newest, window_from_base=Pose2(0.0, 0.0, 0.0))]
        for frame in self._spaced():
            motion = odometry.increment(newest.stamp, frame.stamp, self._max_extrapolation)
            if motion is not None:
                placed.append(replace(frame, window_from_base=motion))
        return FrameWindow(tuple(placed))

    def _spaced(self):
        """Return the frames closest to whole strides before the newest, each once."""
        newest = self._frames[-1].stamp
        chosen: list[Frame] = []
        for index in range(1, self._size):
            wanted = newest - index * self._stride
            closest = min(self._frames, key=lambda frame: abs(frame.stamp - wanted))
            is_new = all(closest is not other for other in (self._frames[-1], *chosen))
            if is_new and abs(closest.stamp - wanted) <= 0.5 * self._stride + 1e-9:
                chosen.append(closest)
        return chosen
