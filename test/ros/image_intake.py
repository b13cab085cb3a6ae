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

"""An image batcher whose windows are collected, and images to send it."""

import numpy as np
from ros_bench import overrides
import small_world

from xview_loc.ros.handover import Handover
from xview_loc.ros.image_batcher import ImageBatcher

PIXELS = np.full((*small_world.SHAPE, 3), 120, np.uint8)
PANORAMA = {'camera__projection': 'equirectangular', 'camera__z': 2.0, 'odometry_wait': 0.02}


class Intake:
    """An image batcher whose windows are collected."""

    def __init__(self, bench, frames=None, **parameters):
        self.bench = bench
        self.windows = []
        handover = Handover(
            take_window=lambda window, odometry: self.windows.append(window), frames=frames)
        self.node = bench.add(ImageBatcher(
            handover, parameter_overrides=overrides(**{**PANORAMA, **parameters})))

    def send(self, message):
        """Send a message on the topic of its type."""
        topics = {'Image': 'image', 'CompressedImage': 'image/compressed', 'Imu': 'imu',
                  'CameraInfo': 'camera_info', 'Odometry': 'odometry/filtered'}
        self.bench.publish(topics[type(message).__name__], message)

    def until_windows(self, count):
        """Wait for windows."""
        self.bench.until(lambda: len(self.windows) >= count, f'{count} windows')


def iter_images(intake, start):
    """Return a function that sends one more image each time."""
    stamps = iter(np.arange(start, start + 1000.0, 0.2))
    return lambda: intake.send(small_world.raw_image(PIXELS, float(next(stamps))))
