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

"""Parameters of the image batcher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import math

import numpy as np

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.extrinsics import (
    BODY_FROM_OPTICAL, camera_mounting, rotation_from_rpy, rpy_from_rotation)
from xview_loc.ros.parameters import for_each, parameter


@dataclass(frozen=True)
class CameraMounting:
    """The camera and where it sits on the vehicle."""

    projection: str = parameter(
        'camera_info', 'How pixels map to rays: camera_info (raw images, K and D), '
        'camera_info_rectified (rectified images, P), or equirectangular (a panorama, which '
        'needs no camera_info).',
        choices=('camera_info', 'camera_info_rectified', 'equirectangular'))
    horizontal_fov: float = parameter(
        2.0 * math.pi, 'Angle the width of a panorama covers.', unit='rad', minimum=0.1,
        maximum=2.0 * math.pi)
    horizon: float = parameter(
        0.5, 'Height of the horizon in a panorama, as a fraction of the rows from the top.',
        minimum=0.0, maximum=1.0)
    from_tf: bool = parameter(
        True, 'Take the mounting from /tf_static where tf2_ros is installed; else from x to yaw '
        'below.')
    frame: str = parameter(
        '', 'Optical frame of the camera; empty takes that of the images.')
    x: float = parameter(
        0.0, 'Camera forward of base_link.', unit='m', minimum=-50.0, maximum=50.0)
    y: float = parameter(
        0.0, 'Camera left of base_link.', unit='m', minimum=-50.0, maximum=50.0)
    z: float = parameter(
        0.0, 'Camera above base_link.', unit='m', minimum=-50.0, maximum=50.0)
    roll: float = parameter(
        0.0, 'Roll of the camera about its viewing direction.', unit='rad', minimum=-math.pi,
        maximum=math.pi)
    pitch: float = parameter(
        0.0, 'Pitch of the camera; positive looks down.', unit='rad', minimum=-0.5 * math.pi,
        maximum=0.5 * math.pi)
    yaw: float = parameter(
        0.0, 'Yaw of the camera; positive looks left.', unit='rad', minimum=-math.pi,
        maximum=math.pi)
    height_offset: float = parameter(
        0.0, 'Correction added to the height, as found by calibration.', unit='m', minimum=-2.0,
        maximum=2.0)
    pitch_offset: float = parameter(
        0.0, 'Correction added to the pitch, as found by calibration.', unit='rad', minimum=-0.5,
        maximum=0.5)

    def base_from_camera(self) -> np.ndarray:
        """Return the ``(4, 4)`` mounting of the parameters, corrections included."""
        return camera_mounting(
            self.x, self.y, self.z + self.height_offset, self.roll,
            self.pitch + self.pitch_offset, self.yaw)

    def corrected(self, base_from_camera: np.ndarray) -> np.ndarray:
        """
        Return a mounting found elsewhere with the corrections added.

        :param base_from_camera: ``(4, 4)`` pose of the optical frame in ``base_link``.
        """
        roll, pitch, yaw = rpy_from_rotation(base_from_camera[:3, :3] @ BODY_FROM_OPTICAL.T)
        x, y, z = base_from_camera[:3, 3]
        return camera_mounting(
            x, y, z + self.height_offset, roll, pitch + self.pitch_offset, yaw)


@dataclass(frozen=True)
class WindowConfig:
    """How frames are gathered."""

    size: int = parameter(
        1, 'Frames per match; more frames see more ground and need good odometry.', minimum=1,
        maximum=32, at_configure=True)
    stride: float = parameter(
        0.4, 'Time between the frames of a window.', unit='s', minimum=0.01, maximum=10.0,
        at_configure=True)


@dataclass(frozen=True)
class InertialConfig:
    """Mounting of the inertial sensor that levels the images."""

    use: bool = parameter(
        True, 'Take roll and pitch from imu where it carries an orientation; else from odometry.')
    roll: float = parameter(
        0.0, 'Roll of the sensor in base_link.', unit='rad', minimum=-math.pi, maximum=math.pi)
    pitch: float = parameter(
        0.0, 'Pitch of the sensor in base_link.', unit='rad', minimum=-math.pi, maximum=math.pi)
    yaw: float = parameter(
        0.0, 'Yaw of the sensor in base_link.', unit='rad', minimum=-math.pi, maximum=math.pi)

    def base_from_sensor(self) -> np.ndarray | None:
        """Return the ``(3, 3)`` rotation of the mounting; ``None`` when there is none."""
        if self.roll == self.pitch == self.yaw == 0.0:
            return None
        return rotation_from_rpy(self.roll, self.pitch, self.yaw)


@dataclass(frozen=True)
class ImageBatcherConfig:
    """What the image batcher can be told."""

    image_transport: str = parameter(
        'raw', 'Subscribe to image (raw) or to image/compressed (compressed).',
        choices=('raw', 'compressed'), at_configure=True)
    image_time_offset: float = parameter(
        0.0, 'Added to the stamps of the images, for drivers that stamp on arrival (negative).',
        unit='s', minimum=-5.0, maximum=5.0)
    image_max_width: int = parameter(
        1280, 'Wider images are averaged down to this width.', unit='px', minimum=32,
        maximum=16384)
    match_rate: float = parameter(
        10.0, 'Most matches per second.', unit='Hz', minimum=0.01, maximum=200.0)
    match_distance: float = parameter(
        0.0, 'Least travel between matches; 0 matches at standstill too.', unit='m',
        minimum=0.0, maximum=1000.0)
    odometry_wait: float = parameter(
        0.1, 'An image waits this long for odometry and attitude at its stamp.', unit='s',
        minimum=0.0, maximum=2.0)
    odom_frame: str = parameter('odom', 'Frame of the odometry.', at_configure=True)
    base_frame: str = parameter('base_link', 'Frame of the vehicle.', at_configure=True)
    base_height: float = parameter(
        0.0, 'Height of base_link above the ground.', unit='m', minimum=-5.0, maximum=50.0)
    cameras: tuple[str, ...] = parameter(
        (), 'Names of several cameras, of which NAME has the topics NAME/image and '
        'NAME/camera_info and the parameters NAME.camera.x and so on; not set: one camera.',
        at_configure=True)
    camera_tolerance: float = parameter(
        0.05, 'Images of several cameras whose stamps differ by at most this are matched as one.',
        unit='s', minimum=0.0, maximum=1.0, at_configure=True)
    camera_wait: float = parameter(
        0.1, 'The first image waits this long for those of the other cameras; a camera that has '
        'missed three turns is not waited for.', unit='s', minimum=0.0, maximum=2.0,
        at_configure=True)
    camera: CameraMounting = field(default_factory=CameraMounting)
    mountings: Mapping[str, CameraMounting] = for_each('cameras', CameraMounting, 'camera')
    window: WindowConfig = field(default_factory=WindowConfig)
    imu: InertialConfig = field(default_factory=InertialConfig)

    def __post_init__(self) -> None:
        """Refuse a name that is given twice."""
        if len(set(self.cameras)) < len(self.cameras):
            raise ConfigurationError(
                f'cameras is {list(self.cameras)}; each name must be given once.')

    @property
    def camera_names(self) -> tuple[str, ...]:
        """Return the names of the cameras; that of a single one is empty."""
        return self.cameras or ('',)

    def mounting(self, camera: str) -> CameraMounting:
        """Return the mounting of a camera by its name."""
        return self.mountings[camera] if camera else self.camera
