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
from collections.abc import Callable
from typing import Any

from nav_msgs.msg import Odometry
import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu

from xview_loc.camera.attitude import AttitudeSource
from xview_loc.camera.frame_window import FrameWindow
from xview_loc.camera.image_shrinking import shrink
from xview_loc.errors import XviewLocError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import conversions
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.frame_assembler import FrameAssembler, WaitingImage
from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher_config import ImageBatcherConfig
from xview_loc.ros.image_conversion import rgb_from_compressed, rgb_from_image
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.mounted_camera_source import MountedCameraSource
from xview_loc.ros.qos import ODOMETRY, SENSOR
from xview_loc.ros.rate_limiter import RateLimiter
from xview_loc.ros.running_statistics import Rate, StampGaps
from xview_loc.ros.stamps import seconds

_BACK_JUMP_S = 1.0
_SILENCE_S = 2.0
_MISSING_LIMIT = 0.05


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
        self._camera: MountedCameraSource | None = None
        self._make_buffers()
        self._start_counting()
        self.diagnostics.add('image', self._report_image)
        self.diagnostics.add('motion', self._report_motion)

    # Lifecycle

    def configure(self) -> None:
        """Start with empty buffers."""
        self._camera = MountedCameraSource(self, self.config)
        self._make_buffers()
        self._start_counting()

    def activate(self) -> None:
        """Subscribe."""
        self._rate = Rate()
        self.listen(CameraInfo, 'camera_info', self._take_info, SENSOR)
        if self.config.image_transport == 'compressed':
            self.listen(CompressedImage, self.image_topic, self._take_compressed, SENSOR,
                        overridable=True)
        else:
            self.listen(Image, self.image_topic, self._take_raw, SENSOR, overridable=True)
        self.listen(Odometry, 'odometry/filtered', self._take_odometry, ODOMETRY)
        self.listen(Imu, 'imu', self._take_imu, ODOMETRY)
        self.every(0.02, self._release, steady=True)

    def deactivate(self) -> None:
        """Forget everything with a stamp."""
        self.time_jumped()

    def cleanup(self) -> None:
        """Stop listening to transforms."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def config_changed(self) -> None:
        """Use changed rates and mounting."""
        self._limiter = RateLimiter(self._intake_rate())
        self._match_limiter = RateLimiter(self.config.match_rate)
        if self._camera is not None:
            self._camera.reconfigure(self.config)

    def time_jumped(self) -> None:
        """Forget frames, odometry and attitude."""
        self._assembler.clear()
        self._limiter.reset()
        self._match_limiter.reset()
        self._gaps.clear()
        self._matched_at = None

    @property
    def image_topic(self) -> str:
        """Return the relative topic of the images."""
        return 'image/compressed' if self.config.image_transport == 'compressed' else 'image'

    @property
    def images_seen(self) -> int:
        """Return how many images have arrived since the activation."""
        return self._rate.count

    @property
    def newest_motion(self) -> float | None:
        """Return the newest stamp of the odometry [s], or ``None``."""
        return self._assembler.newest_motion

    # Inputs

    def _take_info(self, message: CameraInfo) -> None:
        """Take in the calibration."""
        if self._camera is not None:
            self._camera.set_info(message)

    def _take_raw(self, message: Image) -> None:
        """Take in a raw image."""
        self._take_image(message, lambda: rgb_from_image(message))

    def _take_compressed(self, message: CompressedImage) -> None:
        """Take in a compressed image."""
        self._take_image(message, lambda: rgb_from_compressed(message))

    def _take_image(self, message: Image | CompressedImage,
                    decode: Callable[[], np.ndarray]) -> None:
        """Decode an image if it is due; it then waits for odometry."""
        self._rate.tick()
        stamp = seconds(message.header.stamp) + self.config.image_time_offset
        self._gaps.add(stamp)
        if not self._limiter.take(stamp):
            self._counts['not due'] += 1
            return
        try:
            assert self._camera is not None
            image = decode()
            model = self._camera.model_for(image.shape[:2])
            image, model = shrink(image, model, self.config.image_max_width)
        except XviewLocError as error:
            self._reject(error)
            return
        late = self._assembler.put(WaitingImage(image, model, message.header.frame_id, stamp))
        if late is not None:
            self._hand_on(late)
        self._release()

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
        """Hand the waiting image on when its motion is known or it has waited long enough."""
        image = self._assembler.take_ready(self.config.odometry_wait)
        if image is not None:
            self._hand_on(image)

    def _hand_on(self, image: WaitingImage) -> None:
        """Hand on the window that ends with an image, if one is due."""
        if self._camera is None:
            return
        try:
            window = self._assembler.window_with(image, self._camera)
        except XviewLocError as error:
            self._reject(error)
            return
        if window is None or not self._is_due(window):
            return
        self._problems.pop('image', None)
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

    def _reject(self, error: XviewLocError) -> None:
        """Count an image that cannot be used and remember why."""
        self._counts['images refused'] += 1
        self._problems['image'] = str(error)
        self.get_logger().warning(f'An image is not used: {error}', throttle_duration_sec=5.0)

    # Bookkeeping

    def _make_buffers(self) -> None:
        """Start with nothing remembered."""
        window = self.config.window
        self._assembler = FrameAssembler(window.size, window.stride)
        self._gaps = StampGaps()
        self._limiter = RateLimiter(self._intake_rate())
        self._match_limiter = RateLimiter(self.config.match_rate)
        self.time_jumped()

    def _intake_rate(self) -> float:
        """Return how many frames per second to decode: windows of several need some between."""
        window = self.config.window
        between = 4.0 / window.stride if window.size > 1 else 0.0
        return max(self.config.match_rate, between)

    def _start_counting(self) -> None:
        """Forget all statistics."""
        self._rate = Rate()
        self._counts: Counter[str] = Counter()
        self._problems: dict[str, str] = {}

    def _report_image(self, status: Status) -> None:
        """Report the images."""
        status.show('topic', self.image_topic)
        status.show('rate [Hz]', self._rate.hertz)
        for key in ('windows', 'not due', 'images refused'):
            status.show(key, self._counts[key])
        status.show('missing [%]', 100.0 * self._gaps.missing)
        status.show('mounting', self._camera.mounting_source if self._camera else '')
        if not self.is_active:
            return
        self.report_qos(self.image_topic, status)
        if 'image' in self._problems:
            status.error(self._problems['image'])
        if self._rate.silence_s > _SILENCE_S:
            self._report_silence(status)
        elif self._camera is not None and not self._camera.calibrated:
            status.error('Images arrive but no camera_info.')
        elif self._gaps.missing > _MISSING_LIMIT:
            status.warn(f'{100.0 * self._gaps.missing:.0f} percent of the images are missing: '
                        'their stamps have gaps.')

    def _report_silence(self, status: Status) -> None:
        """Say why no image may have arrived."""
        publishers = self.count_publishers(self.image_topic)
        if publishers == 0:
            status.warn(f'Nobody publishes {self.image_topic}.')
            return
        sentence = (f'{self.image_topic} has a publisher but no image has arrived for '
                    f'{self._rate.silence_s:.0f} s.')
        if self.image_topic == 'image':
            sentence += (' Default Fast DDS settings lose best-effort images above 0.5 MB: start '
                         'the camera driver with config/fastdds_large_images.xml, or use '
                         'image_transport compressed.')
        status.error(sentence)

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
