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


"""Images and calibration of one camera, from its topics to decoded images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from xview_loc.camera.image_shrinking import shrink
from xview_loc.camera.instant_queue import Instant
from xview_loc.errors import XviewLocError
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.ros.diagnostics import Status
from xview_loc.ros.frame_assembler import FrameAssembler, WaitingImage
from xview_loc.ros.image_batcher_config import ImageBatcherConfig
from xview_loc.ros.image_conversion import rgb_from_compressed, rgb_from_image
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.mounted_camera_source import MountedCameraSource
from xview_loc.ros.qos import SENSOR
from xview_loc.ros.running_statistics import Rate, StampGaps
from xview_loc.ros.stamps import seconds

_SILENCE_S = 2.0
_MISSING_LIMIT = 0.05


@dataclass(frozen=True)
class Intake:
    """
    Where the images of the cameras go.

    :param assembler: takes the decoded images.
    :param is_due: tells by its stamp whether an image that begins a new instant is to be decoded.
    :param release: called after each image put in.
    """

    assembler: Callable[[], FrameAssembler]
    is_due: Callable[[float], bool]
    release: Callable[[], None]


class CameraIntake:
    """
    Subscribes to one camera, decodes the images that are due, and reports on it.

    :param node: the node that listens.
    :param name: of the camera; empty for the only one, whose topics have no prefix.
    :param config: parameters of the node.
    :param intake: where the images go.
    """

    def __init__(self, node: ManagedNode, name: str, config: ImageBatcherConfig,
                 intake: Intake) -> None:
        """Know no calibration yet."""
        self.name = name
        self.rate = Rate()
        self._node = node
        self._config = config
        self._intake = intake
        self._source = MountedCameraSource(node, config, name)
        self._gaps = StampGaps()
        self._counts: Counter[str] = Counter()
        self._problem = ''

    @property
    def image_topic(self) -> str:
        """Return the relative topic of the images."""
        compressed = self._config.image_transport == 'compressed'
        return self._topic('image/compressed' if compressed else 'image')

    @property
    def calibrated(self) -> bool:
        """Tell whether the camera model is known."""
        return self._source.calibrated

    def subscribe(self) -> None:
        """Subscribe until the node is deactivated."""
        self.rate = Rate()
        self._node.listen(CameraInfo, self._topic('camera_info'), self._source.set_info, SENSOR)
        if self._config.image_transport == 'compressed':
            self._node.listen(CompressedImage, self.image_topic, self._take_compressed, SENSOR,
                              overridable=True)
        else:
            self._node.listen(Image, self.image_topic, self._take_raw, SENSOR, overridable=True)

    def reconfigure(self, config: ImageBatcherConfig) -> None:
        """Use changed parameters."""
        self._config = config
        self._source.reconfigure(config)

    def time_jumped(self) -> None:
        """Forget everything with a stamp."""
        self._gaps.clear()

    def close(self) -> None:
        """Stop listening to transforms."""
        self._source.close()

    def mounted(self, image: WaitingImage) -> MountedCamera:
        """
        Return the camera of an image on the vehicle.

        :raises XviewLocError: when the mounting is not known or impossible.
        """
        return self._source.mounted(image.model, image.frame_id)

    def reject(self, error: XviewLocError) -> None:
        """Count an image that cannot be used and remember why."""
        self._counts['images refused'] += 1
        self._problem = f'Camera {self.name}: {error}' if self.name else str(error)
        self._node.get_logger().warning(
            f'An image is not used: {self._problem}', throttle_duration_sec=5.0)

    def accepted(self) -> None:
        """Note that an image has become part of a window."""
        self._problem = ''

    # Inputs

    def _topic(self, topic: str) -> str:
        return f'{self.name}/{topic}' if self.name else topic

    def _take_raw(self, message: Image) -> None:
        """Take in a raw image."""
        self._take(message, lambda: rgb_from_image(message))

    def _take_compressed(self, message: CompressedImage) -> None:
        """Take in a compressed image."""
        self._take(message, lambda: rgb_from_compressed(message))

    def _take(self, message: Image | CompressedImage, decode: Callable[[], np.ndarray]) -> None:
        """Decode an image if it is due; it then waits for the other cameras and for odometry."""
        self.rate.tick()
        stamp = seconds(message.header.stamp) + self._config.image_time_offset
        self._gaps.add(stamp)
        images = self._intake.assembler().images
        instant = images.claim(self.name, stamp, self._intake.is_due)
        if instant is None:
            self._counts['not due'] += 1
            return
        try:
            image = decode()
            model = self._source.model_for(image.shape[:2])
            image, model = shrink(image, model, self._config.image_max_width)
        except XviewLocError as error:
            self.reject(error)
            return
        self._put(instant, WaitingImage(image, model, message.header.frame_id, stamp))

    def _put(self, instant: Instant[WaitingImage], image: WaitingImage) -> None:
        """Let a decoded image wait, unless the others of its instant were matched without it."""
        if self._intake.assembler().put(instant, self.name, image):
            self._intake.release()
        else:
            self._counts['too late'] += 1

    # Diagnostics

    def report(self, status: Status) -> None:
        """Report the images."""
        label = f'{self.name} ' if self.name else ''
        status.show(f'{label}topic', self.image_topic)
        status.show(f'{label}rate [Hz]', self.rate.hertz)
        for key in ('not due', 'images refused', *(['too late'] if self.name else [])):
            status.show(f'{label}{key}', self._counts[key])
        status.show(f'{label}missing [%]', 100.0 * self._gaps.missing)
        status.show(f'{label}mounting', self._source.mounting_source)
        if not self._node.is_active:
            return
        self._node.report_qos(self.image_topic, status)
        if self._problem:
            status.error(self._problem)
        if self.rate.silence_s > _SILENCE_S:
            self._report_silence(status)
        elif not self.calibrated:
            status.error(f'Images arrive but no {self._topic("camera_info")}.')
        elif self._gaps.missing > _MISSING_LIMIT:
            of_camera = f' of {self.name}' if self.name else ''
            status.warn(f'{100.0 * self._gaps.missing:.0f} percent of the images{of_camera} are '
                        'missing: their stamps have gaps.')

    def _report_silence(self, status: Status) -> None:
        """Say why no image may have arrived."""
        publishers = self._node.count_publishers(self.image_topic)
        if publishers == 0:
            status.warn(f'Nobody publishes {self.image_topic}.')
            return
        sentence = (f'{self.image_topic} has a publisher but no image has arrived for '
                    f'{self.rate.silence_s:.0f} s.')
        if self._config.image_transport == 'raw':
            sentence += (' Default Fast DDS settings lose best-effort images above 0.5 MB: start '
                         'the camera driver with config/fastdds_large_images.xml, or use '
                         'image_transport compressed.')
        status.error(sentence)
