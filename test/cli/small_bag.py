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

"""A short made-up drive as a bag, for the tests of the command line."""

import math

import cv2
import numpy as np

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter

START = 1000.0
ORIGIN = (48.0, 11.0, 500.0)
SHAPE = (24, 40)
FIX_SIGMA_M = 1.5
BASE_FROM_CAMERA = np.array([[0.0, 0.0, 1.0, 1.2], [-1.0, 0.0, 0.0, 0.1],
                             [0.0, -1.0, 0.0, 1.5], [0.0, 0.0, 0.0, 1.0]])


def pose_at(elapsed):
    """Return the true pose: north-east at 5 m/s."""
    return Pose2(5.0 * elapsed * math.cos(0.8), 5.0 * elapsed * math.sin(0.8), 0.8)


def image(index):
    """Return an image whose brightness tells its number."""
    return np.full((*SHAPE, 3), 10 + index, np.uint8)


def write_small_bag(path, seconds=4.0, raw=False, truth=True, prefix=''):
    """
    Write fixes (5 Hz), odometry (50 Hz), images (10 Hz), truth and transforms.

    :param path: folder of the bag.
    :param prefix: namespace of all inputs, such as ``/car``.
    """
    frame = LocalFrame(*ORIGIN)
    with BagWriter(path) as writer:
        writer.write_transforms('/tf_static', START, [
            BagTransform('base_link', 'mast', np.eye(4)),
            BagTransform('mast', 'camera_optical_frame', BASE_FROM_CAMERA)])
        for tick in range(int(seconds * 50)):
            elapsed = tick / 50.0
            stamp = START + elapsed
            pose = pose_at(elapsed)
            moved = Pose2(*(pose_at(0.0).inverse() @ pose).as_array())
            writer.write_odometry(f'{prefix}/odometry/filtered', stamp, moved)
            if truth:
                writer.write_odometry('/truth', stamp, pose, 'map')
            if tick % 10 == 0:
                latitude, longitude, altitude = frame.geodetic_from_map(pose.x, pose.y)
                writer.write_fix(f'{prefix}/fix', stamp, float(latitude), float(longitude),
                                 float(altitude), covariance=np.full(3, FIX_SIGMA_M ** 2))
            if tick % 5 == 0:
                _write_image(writer, f'{prefix}/image', stamp, tick // 5, raw)
    return path


def _write_image(writer, topic, stamp, index, raw):
    """Write an image raw or as PNG, and its calibration."""
    if raw:
        writer.write_image(topic, stamp, image(index), 'camera_optical_frame')
    else:
        data = cv2.imencode('.png', image(index))[1].tobytes()
        writer.write_compressed_image(f'{topic}/compressed', stamp, data,
                                      'camera_optical_frame', image_format='png')
    k = np.array([[30.0, 0.0, 19.5], [0.0, 30.0, 11.5], [0.0, 0.0, 1.0]])
    writer.write_camera_info(f'{topic.rpartition("/")[0]}/camera_info', stamp, *SHAPE, k,
                             'camera_optical_frame')
