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

"""Joins images with the motion and attitude at their stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import math
import time

import numpy as np

from xview_loc.camera.attitude import AttitudeBuffer, AttitudeSource
from xview_loc.camera.camera_rig import CameraRig
from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.camera.instant_queue import Instant, InstantQueue
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

_STALE_S = 1.0


@dataclass(frozen=True)
class WaitingImage:
    """
    An image that waits for odometry and attitude at its stamp.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param model: camera model of the image.
    :param frame_id: optical frame.
    :param stamp: acquisition time [s].
    """

    image: np.ndarray
    model: CameraModel
    frame_id: str
    stamp: float


class FrameAssembler:
    """
    Holds the images of an instant back until their motion is known, then makes their window.

    :param size: frames of each camera per window.
    :param stride: time between them [s].
    :param images: groups the images of the cameras.
    :param cameras: names of the cameras; that of a single one is empty.
    :param now: the time that waiting is measured in [s].
    """

    def __init__(self, size: int, stride: float, images: InstantQueue[WaitingImage],
                 cameras: Sequence[str] = ('',),
                 now: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing remembered."""
        self._now = now
        self.odometry = PoseBuffer()
        self.attitude_source = AttitudeSource.LEVEL
        self.images = images
        self._attitude = AttitudeBuffer()
        self._rig = CameraRig(cameras, size, stride)
        self._newest_inertial = -math.inf

    def clear(self) -> None:
        """Forget everything with a stamp."""
        self.odometry.clear()
        self._attitude.clear()
        self._rig.clear()
        self.images.clear()
        self._newest_inertial = -math.inf

    @property
    def newest_motion(self) -> float | None:
        """Return the newest stamp of the odometry [s], or ``None``."""
        latest = self.odometry.latest
        return None if latest is None else latest[0]

    def add_odometry(self, stamp: float, pose: Pose2,
                     quaternion_xyzw: Sequence[float]) -> None:
        """
        Take in a pose and the attitude that comes with it.

        :param stamp: [s].
        :param pose: ``base_link`` in ``odom``.
        :param quaternion_xyzw: its full orientation.
        :raises GeometryError: when it is not finite or no attitude of a vehicle.
        """
        self.odometry.add(stamp, pose)
        self._attitude.add(stamp, quaternion_xyzw, AttitudeSource.ODOMETRY)

    def add_inertial(self, stamp: float, quaternion_xyzw: Sequence[float],
                     base_from_sensor: np.ndarray | None) -> None:
        """
        Take in the orientation of an inertial sensor.

        :param stamp: [s].
        :param quaternion_xyzw: ``world_from_sensor``.
        :param base_from_sensor: ``(3, 3)`` mounting; ``None`` for none.
        :raises GeometryError: when it is no attitude of a vehicle.
        """
        self._attitude.add(stamp, quaternion_xyzw, AttitudeSource.IMU, base_from_sensor)
        self._newest_inertial = stamp

    def put(self, instant: Instant[WaitingImage], camera: str, image: WaitingImage) -> bool:
        """
        Hold an image back.

        :param instant: to which it belongs.
        :param camera: name of its camera.
        :param image: the image.
        :return: False when it comes too late for its instant.
        """
        return self.images.put(instant, camera, image.stamp, image, self._now())

    def take_ready(self, longest_wait: float) -> dict[str, WaitingImage] | None:
        """
        Return the images of an instant once their motion is known or they have waited enough.

        :param longest_wait: for the motion [s].
        :return: by camera; ``None`` while there is nothing to match.
        """
        return self.images.take(self._now(), self._motion_known_at, longest_wait)

    def frame(self, image: WaitingImage, camera: MountedCamera) -> Frame:
        """
        Return an image as a frame with the attitude at its stamp.

        :param image: one that was taken.
        :param camera: its camera on the vehicle.
        """
        attitude = self._attitude.at(image.stamp)
        self.attitude_source = attitude.source
        return Frame(image.image, image.stamp, camera, attitude.roll, attitude.pitch)

    def window_with(self, frames: Mapping[str, Frame]) -> FrameWindow | None:
        """
        Add the frames of an instant and return the window they end.

        :param frames: by camera.
        :return: ``None`` when they are older than those before.
        """
        return self._rig.add(frames, self.odometry)

    def _motion_known_at(self, stamp: float) -> bool:
        """Tell whether odometry, and the inertial sensor if it is alive, reach a stamp."""
        newest = self.newest_motion
        inertial = self._newest_inertial >= stamp or self._newest_inertial < stamp - _STALE_S
        return newest is not None and newest >= stamp and inertial
