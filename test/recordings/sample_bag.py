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

"""A small bag with every kind of message we write."""

from pathlib import Path

import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter

START = 1_700_000_000.0
TOPICS = {
    '/tf_static': 'tf2_msgs/msg/TFMessage', '/image': 'sensor_msgs/msg/Image',
    '/image/compressed': 'sensor_msgs/msg/CompressedImage',
    '/camera_info': 'sensor_msgs/msg/CameraInfo', '/fix': 'sensor_msgs/msg/NavSatFix',
    '/imu': 'sensor_msgs/msg/Imu', '/odometry/filtered': 'nav_msgs/msg/Odometry'}


def write_sample(path: Path, count: int = 10, period: float = 0.1, **options) -> Path:
    """
    Write ``count`` messages on every topic, ``/tf_static`` once.

    :return: the bag.
    """
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    camera_from_base = np.eye(4)
    camera_from_base[:3, 3] = 1.0, 0.5, 0.25
    with BagWriter(path, **options) as writer:
        writer.set_custom_data('map_origin', '49.0 8.0 100.0')
        writer.write_transforms(
            '/tf_static', START, [BagTransform('base_link', 'camera', camera_from_base)])
        for i in range(count):
            stamp = START + i * period
            writer.write_image('/image', stamp, pixels + i, 'camera')
            writer.write_compressed_image('/image/compressed', stamp, b'file', 'camera')
            writer.write_camera_info('/camera_info', stamp, 4, 6, np.diag([5.0, 6.0, 1.0]),
                                     'camera')
            writer.write_fix('/fix', stamp, 49.0 + 1e-5 * i, 8.0, 100.0, 'gnss',
                             covariance=(1.0, 2.0, 3.0))
            writer.write_imu('/imu', stamp, None, (0.1, 0.2, 0.3), (0.0, 0.0, 9.81), 'imu')
            writer.write_odometry('/odometry/filtered', stamp, Pose2(i, 2.0 * i, 0.1 * i),
                                  linear=(3.0, 0.0, 0.0))
    return path
