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

"""The node that turns images into windows of frames."""

from __future__ import annotations

from collections import Counter
import time
from typing import Any

from nav_msgs.msg import Odometry
from sensor_msgs.msg import Imu

from xview_loc.camera.attitude import AttitudeSource
from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.camera.instant_queue import InstantQueue
from xview_loc.errors import XviewLocError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.model_records import FrameSequence
from xview_loc.ros import conversions
from xview_loc.ros.camera_intake import CameraIntake, Intake
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.frame_assembler import FrameAssembler, WaitingImage
from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher_config import ImageBatcherConfig
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.qos import ODOMETRY
from xview_loc.ros.rate_limiter import RateLimiter
from xview_loc.ros.stamps import seconds

_BACK_JUMP_S = 1.0


class ImageBatcher(ManagedNode):
    """
    Decodes the images that are due, adds attitude and motion, and hands windows on.

    :param handover: the seams to the other nodes of the process.
    :param arguments: passed on to the ROS node.
    """

    config: ImageBatcherConfig
    _matched_at: Pose2 | None

    def __init__(self, handover: Handover, **arguments: Any) -> None:
        """Declare the parameters."""
        super().__init__('image_batcher', ImageBatcherConfig, **arguments)
        self._handover = handover
        self._cameras: dict[str, CameraIntake] = {}
        self._make_buffers()
        self._start_counting()
        self.diagnostics.add('image', self._report_image)
        self.diagnostics.add('motion', self._report_motion)

    # Lifecycle

    def configure(self) -> None:
        """Start with empty buffers."""
        intake = Intake(lambda: self._assembler, lambda stamp: self._limiter.take(stamp),
                        self._release)
        self._cameras = {name: CameraIntake(self, name, self.config, intake)
                         for name in self.config.camera_names}
        self._make_buffers()
        self._start_counting()

    def activate(self) -> None:
        """Subscribe; the matcher has said by now what windows it wants."""
        self._make_buffers()
        for camera in self._cameras.values():
            camera.subscribe()
        self.listen(Odometry, 'odometry/filtered', self._take_odometry, ODOMETRY)
        self.listen(Imu, 'imu', self._take_imu, ODOMETRY)
        self.every(0.02, self._release, steady=True)

    def deactivate(self) -> None:
        """Forget everything with a stamp."""
        self.time_jumped()

    def cleanup(self) -> None:
        """Stop listening to transforms."""
        for camera in self._cameras.values():
            camera.close()
        self._cameras = {}

    def config_changed(self) -> None:
        """Use changed rates and mounting."""
        self._limiter = RateLimiter(self._intake_rate())
        self._match_limiter = RateLimiter(self.config.match_rate)
        for camera in self._cameras.values():
            camera.reconfigure(self.config)

    def time_jumped(self) -> None:
        """Forget frames, odometry and attitude."""
        self._assembler.clear()
        self._limiter.reset()
        self._match_limiter.reset()
        for camera in self._cameras.values():
            camera.time_jumped()
        self._matched_at = None

    @property
    def images_seen(self) -> int:
        """Return how many images have arrived since the activation."""
        return sum(camera.rate.count for camera in self._cameras.values())

    @property
    def calibrated_cameras(self) -> list[str]:
        """Return the names of the cameras whose model is known."""
        return [name for name, camera in self._cameras.items() if camera.calibrated]

    @property
    def newest_motion(self) -> float | None:
        """Return the newest stamp of the odometry [s], or ``None``."""
        return self._assembler.newest_motion

    # Inputs

    def _take_odometry(self, message: Odometry) -> None:
        """Remember a pose and the attitude that comes with it."""
        stamp = seconds(message.header.stamp)
        try:
            pose = conversions.odometry_pose(
                message, self.config.odom_frame, self.config.base_frame)
            self._forget_if_back(stamp)
            turn = message.pose.pose.orientation
            self._assembler.add_odometry(stamp, pose, (turn.x, turn.y, turn.z, turn.w))
            self._problems.pop('odometry', None)
        except XviewLocError as error:
            self._problems['odometry'] = str(error)
            self._counts['odometry refused'] += 1
            return
        self._release()

    def _take_imu(self, message: Imu) -> None:
        """Remember the attitude, where the sensor estimates one."""
        if not self.config.imu.use or message.orientation_covariance[0] == -1.0:
            return
        turn = message.orientation
        stamp = seconds(message.header.stamp)
        try:
            self._assembler.add_inertial(
                stamp, (turn.x, turn.y, turn.z, turn.w), self.config.imu.base_from_sensor())
            self._problems.pop('imu', None)
        except XviewLocError as error:
            self._problems['imu'] = str(error)
            return
        self._release()

    def _forget_if_back(self, stamp: float) -> None:
        """Notice a bag that starts again without a clock."""
        newest = self._assembler.newest_motion
        if newest is not None and stamp < newest - _BACK_JUMP_S:
            self.get_logger().warning('Odometry stamps went back: every buffer is cleared.')
            self.time_jumped()

    # Windows

    def _release(self) -> None:
        """Hand images on when all that belongs to them is there or they have waited enough."""
        while (images := self._assembler.take_ready(self.config.odometry_wait)) is not None:
            self._hand_on(images)
            if self.lockstep:
                return  # the stages behind take one window at a time

    def _hand_on(self, images: dict[str, WaitingImage]) -> None:
        """Hand on the window that ends with the images of an instant, if one is due."""
        frames: dict[str, Frame] = {}
        for name, image in images.items():
            try:
                frames[name] = self._assembler.frame(image, self._cameras[name].mounted(image))
            except XviewLocError as error:
                self._cameras[name].reject(error)
        window = self._assembler.window_with(frames)
        if window is None:
            self._counts['out of order'] += bool(frames)
            return
        if not self._is_due(window):
            return
        for name in frames:
            self._cameras[name].accepted()
        self._counts['windows'] += 1
        if self._handover.take_window is not None:
            self._handover.take_window(window, self._assembler.odometry)

    def _is_due(self, window: FrameWindow) -> bool:
        """Tell whether a window is to be matched, by time and by way travelled."""
        pose = self._assembler.odometry.at(window.stamp, self.config.odometry_wait)
        if pose is not None and self._matched_at is not None and (
                pose.distance_to(self._matched_at) < self.config.match_distance):
            return False
        if not self._match_limiter.take(window.stamp):
            return False
        self._matched_at = pose
        return True

    # Bookkeeping

    def _make_buffers(self) -> None:
        """Start with nothing remembered."""
        names = self.config.camera_names
        self._window = self._wanted_window()
        images = InstantQueue[WaitingImage](
            names, self.config.camera_tolerance, self.config.camera_wait)
        now = (lambda: 0.0) if self.lockstep else time.monotonic  # in lockstep no wait ends
        self._assembler = FrameAssembler(
            self._window.length, self._window.spacing_s, images, names, now)
        self._limiter = RateLimiter(self._intake_rate())
        self._match_limiter = RateLimiter(self.config.match_rate)
        self.time_jumped()

    def _wanted_window(self) -> FrameSequence:
        """Return the frames of a window: what the matcher cannot do without, else as set."""
        window = self.config.window
        return self._handover.frames or FrameSequence(window.size, window.stride)

    def _intake_rate(self) -> float:
        """Return how many frames per second to decode: windows of several need some between."""
        between = 4.0 / self._window.spacing_s if self._window.length > 1 else 0.0
        return max(self.config.match_rate, between)

    def _start_counting(self) -> None:
        """Forget all statistics."""
        self._counts: Counter[str] = Counter()
        self._problems: dict[str, str] = {}

    def _report_image(self, status: Status) -> None:
        """Report the images of every camera."""
        status.show('frames per window', self._window.length)
        for key in ('windows', 'out of order'):
            status.show(key, self._counts[key])
        for camera in self._cameras.values():
            camera.report(status)

    def _report_motion(self, status: Status) -> None:
        """Report odometry and attitude."""
        attitude = self._assembler.attitude_source
        status.show('attitude from', attitude.value)
        status.show('odometry refused', self._counts['odometry refused'])
        for key in ('odometry', 'imu'):
            if key in self._problems:
                status.error(self._problems[key])
        if not self.is_active:
            return
        self.report_qos('odometry/filtered', status)
        if self._assembler.newest_motion is None:
            status.warn('No odometry has arrived.')
        if attitude is AttitudeSource.LEVEL and self._counts['windows']:
            status.warn('Neither imu nor odometry gives an attitude: images are taken as level.')
