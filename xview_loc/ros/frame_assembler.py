"""Joins images with the motion and attitude at their stamps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
import time

import numpy as np

from xview_loc.camera.attitude import AttitudeBuffer, AttitudeSource
from xview_loc.camera.frame_buffer import FrameBuffer
from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.camera_model import CameraModel
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros.mounted_camera_source import MountedCameraSource

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
    Holds one image back until its motion is known, then makes the window it ends.

    :param size: frames per window.
    :param stride: time between them [s].
    """

    def __init__(self, size: int, stride: float) -> None:
        """Start with nothing remembered."""
        self.odometry = PoseBuffer()
        self.attitude_source = AttitudeSource.LEVEL
        self._attitude = AttitudeBuffer()
        self._frames = FrameBuffer(size, stride)
        self._waiting: WaitingImage | None = None
        self._since = 0.0
        self._newest_inertial = -math.inf

    def clear(self) -> None:
        """Forget everything with a stamp."""
        self.odometry.clear()
        self._attitude.clear()
        self._frames.clear()
        self._waiting = None
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

    def put(self, image: WaitingImage) -> WaitingImage | None:
        """
        Hold an image back.

        :param image: the newest.
        :return: the one that was held back before it, if any.
        """
        before, self._waiting = self._waiting, image
        self._since = time.monotonic()
        return before

    def take_ready(self, longest_wait: float) -> WaitingImage | None:
        """
        Return the image held back once its motion is known or it has waited long enough.

        :param longest_wait: in real time [s].
        """
        waiting = self._waiting
        if waiting is None:
            return None
        overdue = time.monotonic() - self._since >= longest_wait
        if not overdue and not self._motion_known_at(waiting.stamp):
            return None
        self._waiting = None
        return waiting

    def window_with(self, image: WaitingImage, camera: MountedCameraSource) -> FrameWindow | None:
        """
        Add an image to the frames and return the window it ends.

        :param image: released by :meth:`take_ready` or :meth:`put`.
        :param camera: gives the mounting.
        :raises XviewLocError: when the mounting is not known or impossible.
        """
        attitude = self._attitude.at(image.stamp)
        self.attitude_source = attitude.source
        self._frames.add(Frame(
            image.image, image.stamp, camera.mounted(image.model, image.frame_id),
            attitude.roll, attitude.pitch))
        return self._frames.window(self.odometry)

    def _motion_known_at(self, stamp: float) -> bool:
        """Tell whether odometry, and the inertial sensor if it is alive, reach a stamp."""
        newest = self.newest_motion
        inertial = self._newest_inertial >= stamp or self._newest_inertial < stamp - _STALE_S
        return newest is not None and newest >= stamp and inertial
