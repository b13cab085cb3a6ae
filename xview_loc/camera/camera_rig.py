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


"""The frames of all cameras of a vehicle as one window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from xview_loc.camera.frame_buffer import FrameBuffer, Intake
from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer


class CameraRig:
    """
    One :class:`FrameBuffer` per camera, and the window they make together.

    :param cameras: distinct names.
    :param window_size: frames of each camera in a window.
    :param window_stride_s: time between them [s].
    :param max_extrapolation_s: how far the odometry may lag behind an image [s].
    :raises CameraError: when a value is not positive.
    """

    def __init__(self, cameras: Iterable[str], window_size: int = 1,
                 window_stride_s: float = 0.4, max_extrapolation_s: float = 0.1) -> None:
        """Start without frames."""
        self._max_extrapolation = max_extrapolation_s
        self._buffers = {
            camera: FrameBuffer(window_size, window_stride_s, max_extrapolation_s)
            for camera in cameras}

    def clear(self) -> None:
        """Forget every frame."""
        for buffer in self._buffers.values():
            buffer.clear()

    def add(self, frames: Mapping[str, Frame], odometry: PoseBuffer) -> FrameWindow | None:
        """
        Take in the frames of one instant and return the window that ends with them.

        Only cameras that are part of the instant are part of the window. A camera whose motion to
        the newest stamp the odometry does not know is left out.

        :param frames: by camera; their stamps may differ, ``window_from_base`` is not used.
        :param odometry: poses of ``base_link`` in a frame that does not jump.
        :return: newest first; ``None`` when every frame is older than one of its camera before.
        :raises CameraError: when a stamp is not finite.
        """
        windows = []
        for camera, frame in frames.items():
            buffer = self._buffers[camera]
            if buffer.add(frame) is not Intake.LATE:
                window = buffer.window(odometry)
                windows += [window] if window is not None else []
        if not windows:
            return None
        newest = max(window.stamp for window in windows)
        placed = [frame for window in windows for frame in self._at(newest, window, odometry)]
        return FrameWindow(tuple(sorted(placed, key=lambda frame: -frame.stamp)))

    def _at(self, stamp: float, window: FrameWindow, odometry: PoseBuffer) -> Iterable[Frame]:
        """Return the frames of one camera, placed relative to a stamp."""
        if window.stamp == stamp:
            return window.frames
        motion: Pose2 | None = odometry.increment(stamp, window.stamp, self._max_extrapolation)
        if motion is None:
            return ()
        return [replace(frame, window_from_base=motion @ frame.window_from_base)
                for frame in window.frames]
