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

"""Putting a simulated drive into a bag."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from xview_loc.geometry.extrinsics import quaternion_from_rpy
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.simulation.drive import Drive, RATE_HZ
from xview_loc.simulation.gnss_sensor import GnssTrack
from xview_loc.simulation.imu_sensor import ImuTrack
from xview_loc.simulation.odometry_sensor import OdometryTrack
from xview_loc.simulation.scenario import DATUM, local_frame, Scenario

EPOCH_NS = 1_750_000_000 * 10**9
OPTICAL_FRAME = 'camera_optical_frame'
JPEG_QUALITY = 85


def stamp_of(index: int) -> int:
    """Return the stamp of an instant of a drive [ns]."""
    return EPOCH_NS + index * (10**9 // RATE_HZ)


class DriveRecorder:
    """
    Writes the messages of a drive.

    :param writer: an open bag.
    :param scenario: the drive.
    :param drive: the truth.
    :param compressed: JPEG images on ``/image/compressed`` instead of raw ones on ``/image``.
    """

    def __init__(self, writer: BagWriter, scenario: Scenario, drive: Drive, compressed: bool):
        """Keep what every message needs."""
        self._writer = writer
        self._scenario = scenario
        self._drive = drive
        self._compressed = compressed
        self._frame = local_frame()

    def write_mounting(self):
        """Write the static transform of the camera."""
        matrix = self._scenario.mounted_camera.base_from_camera
        self._writer.write_transforms(
            '/tf_static', stamp_of(0), [BagTransform('base_link', OPTICAL_FRAME, matrix)])

    def write_image(self, index: int, image: np.ndarray):
        """
        Write an image and, for a pinhole camera, its calibration.

        :param index: instant of the drive.
        :param image: ``(H, W, 3)`` uint8 RGB.
        """
        stamp = stamp_of(index)
        if self._compressed:
            options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
            data = cv2.imencode('.jpg', image[..., ::-1], options)[1].tobytes()
            self._writer.write_compressed_image('/image/compressed', stamp, data, OPTICAL_FRAME)
        else:
            self._writer.write_image('/image', stamp, image, OPTICAL_FRAME)
        model = self._scenario.camera
        if isinstance(model, PinholeCamera):
            matrix = np.array([[model.fx, 0.0, model.cx], [0.0, model.fy, model.cy],
                               [0.0, 0.0, 1.0]])
            self._writer.write_camera_info('/camera_info', stamp, model.height, model.width,
                                           matrix, OPTICAL_FRAME, d=model.distortion)

    def write_truth(self, index: int):
        """Write the true pose and motion at an instant."""
        drive = self._drive
        self._writer.write_odometry(
            '/truth', stamp_of(index), drive.pose_at(index), 'map',
            roll=float(drive.roll[index]), pitch=float(drive.pitch[index]),
            linear=(drive.speed[index], 0.0, 0.0), angular=(0.0, 0.0, drive.yaw_rate[index]),
            pose_variances=np.full(6, 1e-6), twist_variances=np.full(6, 1e-6))

    def gnss_writer(self, track: GnssTrack) -> Callable[[int], None]:
        """Return a function that writes the fix with a running number."""
        sigma = self._scenario.gnss.stated_sigma_m
        latitude, longitude, altitude = self._frame.geodetic_from_map(
            track.position[:, 0], track.position[:, 1])
        altitude = DATUM[2] + track.height

        def write(number):
            self._writer.write_fix(
                '/fix', stamp_of(int(track.indices[number])), latitude[number],
                longitude[number], altitude[number],
                covariance=(sigma ** 2, sigma ** 2, 4.0 * sigma ** 2))
        return write

    def odometry_writer(self, track: OdometryTrack) -> Callable[[int], None]:
        """Return a function that writes the odometry with a running number."""
        def write(number):
            forward, left, yaw_rate = track.twist[number]
            self._writer.write_odometry(
                '/odometry/filtered', stamp_of(int(track.indices[number])),
                track.poses[number], linear=(forward, left, 0.0), angular=(0.0, 0.0, yaw_rate),
                pose_variances=(0.05, 0.05, 1e6, 1e6, 1e6, 0.01),
                twist_variances=(0.01, 0.01, 1e6, 1e6, 1e6, 1e-4))
        return write

    def imu_writer(self, track: ImuTrack) -> Callable[[int], None]:
        """Return a function that writes the inertial measurement with a running number."""
        def write(number):
            self._writer.write_imu(
                '/imu', stamp_of(int(track.indices[number])),
                quaternion_from_rpy(*map(float, track.attitude[number])),
                tuple(track.angular_velocity[number]),
                tuple(track.linear_acceleration[number]),
                orientation_variances=(2e-6, 2e-6, 1e6))
        return write
