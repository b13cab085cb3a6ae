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

"""A flat patterned world: its imagery, and what a panorama camera sees of it, as messages."""

from __future__ import annotations

from functools import lru_cache
import math
from pathlib import Path
from typing import Any

import cv2
from geometry_msgs.msg import PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
import numpy as np
from sensor_msgs.msg import CompressedImage, Image, Imu, NavSatFix
from synthetic_scene import OPTICAL_AXES, patterned_patch, rendered_frame

from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.mbtiles_writer import MBTilesWriter
from xview_loc.ros.conversions import full_covariance, pose_from_pose2
from xview_loc.ros.stamps import time_message

DATUM = (48.9, 8.5, 150.0)
FRAME = LocalFrame(*DATUM)
START = Pose2(85.0, -55.0, 0.6)
SPEED = 5.0
CAMERA_HEIGHT = 2.0
SHAPE = (128, 512)
MAP_FROM_ODOM = Pose2(40.0, -90.0, 0.4)


@lru_cache(maxsize=1)
def world():
    """Return the ground around (100, -40) in the map, 160 m x 120 m."""
    return patterned_patch(seed=3)


def write_tiles(path: Path) -> Path:
    """Write the imagery of the world."""
    patch = world()
    with MBTilesWriter(path, name='pattern', image_format='jpg') as writer:
        writer.write_image(patch.image, patch.geometry, FRAME)
    return path


def truth_at(stamp: float, start: float) -> Pose2:
    """Return the true pose: a gentle left turn from the start."""
    way = SPEED * (stamp - start)
    turn = 0.01 * way
    chord = way * (math.sin(0.5 * turn) / (0.5 * turn) if turn else 1.0)
    return START @ Pose2(chord * math.cos(0.5 * turn), chord * math.sin(0.5 * turn), turn)


def panorama(pose: Pose2) -> np.ndarray:
    """Return what the camera sees."""
    mounting = np.eye(4)
    mounting[:3, :3] = OPTICAL_AXES
    mounting[2, 3] = CAMERA_HEIGHT
    camera = MountedCamera(EquirectangularCamera(*SHAPE), mounting)
    return rendered_frame(world(), pose, camera).image


def raw_image(pixels: np.ndarray, stamp: float, encoding: str = 'rgb8') -> Image:
    """Return a raw image message."""
    message = Image(height=pixels.shape[0], width=pixels.shape[1], encoding=encoding,
                    step=pixels.shape[1] * 3)
    message.header.stamp = time_message(stamp)
    message.header.frame_id = 'camera_optical_frame'
    message.data.frombytes(memoryview(np.ascontiguousarray(pixels)).cast('B'))
    return message


def compressed_image(pixels: np.ndarray, stamp: float) -> CompressedImage:
    """Return a JPEG message."""
    message = CompressedImage(format='jpeg')
    message.header.stamp = time_message(stamp)
    message.header.frame_id = 'camera_optical_frame'
    encoded = cv2.imencode('.jpg', np.ascontiguousarray(pixels[..., ::-1]))[1]
    message.data.frombytes(memoryview(encoded).cast('B'))
    return message


def odometry(pose: Pose2, stamp: float, frame_id: str = 'odom') -> Odometry:
    """Return the odometry of a true pose, in its own frame."""
    message = Odometry(child_frame_id='base_link')
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    message.pose.pose = pose_from_pose2(MAP_FROM_ODOM.inverse() @ pose)
    return message


def imu(stamp: float, pitch: float = 0.0) -> Imu:
    """Return the orientation of a level vehicle, or one with its nose down."""
    message = Imu()
    message.header.stamp = time_message(stamp)
    message.orientation.y, message.orientation.w = math.sin(0.5 * pitch), math.cos(0.5 * pitch)
    return message


def fix(pose: Pose2, stamp: float, sigma: float = 1.0, **changes: Any) -> NavSatFix:
    """Return a fix at a true pose."""
    latitude, longitude, altitude = FRAME.geodetic_from_map(pose.x, pose.y)
    message = NavSatFix(latitude=float(latitude), longitude=float(longitude),
                        altitude=float(altitude))
    message.header.stamp = time_message(stamp)
    message.status.status = 0
    message.position_covariance = np.diag([sigma ** 2, sigma ** 2, 9.0]).ravel()
    message.position_covariance_type = 2
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def pose(where: Pose2, stamp: float, sigma: float = 0.5, yaw_sigma: float = 0.02,
         frame_id: str = 'map') -> PoseWithCovarianceStamped:
    """Return an estimate as the filter publishes it."""
    message = PoseWithCovarianceStamped()
    message.header.stamp = time_message(stamp)
    message.header.frame_id = frame_id
    message.pose.pose = pose_from_pose2(where)
    message.pose.covariance = full_covariance(np.diag([sigma ** 2, sigma ** 2, yaw_sigma ** 2]))
    return message
