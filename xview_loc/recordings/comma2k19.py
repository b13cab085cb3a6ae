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

"""
Segments of comma2k19 as bags.

The camera of the device looks along its x axis; ``comma2k19_segment.py`` tells the conventions of
the data set.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import BODY_FROM_OPTICAL, quaternion_from_rpy, rigid_transform
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.bicycle_model import BicycleModel
from xview_loc.recordings.comma2k19_segment import (
    CommaSegment, FRD_FROM_FLU, load_comma_segment)
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.image_format import ImageFormat, write_image_pixels
from xview_loc.recordings.track_messages import add_truth

# The data set's own figures: height of the device on the windscreen, camera matrix and image size.
DEVICE_HEIGHT_M = 1.22
CAMERA_MATRIX = np.array([[910.0, 0.0, 582.0], [0.0, 910.0, 437.0], [0.0, 0.0, 1.0]])
IMAGE_SHAPE = (874, 1164)
GNSS_SIGMA_M = {'ublox': 2.5, 'qcom': 5.0}

FRAME_ID = 'camera_optical_frame'


def write_comma_bag(source: str | Path, out: str | Path, *,
                    car: BicycleModel = BicycleModel(), drift: OdometryDrift = OdometryDrift(),
                    image_format: ImageFormat = ImageFormat.JPEG,
                    base_height_m: float = DEVICE_HEIGHT_M,
                    progress: Progress | None = None) -> CommaSegment:
    """
    Write a segment as a bag.

    Topics: ``/fix`` (u-blox), ``/fix/phone``, ``/odometry/filtered`` (from CAN speed and
    steering), ``/imu``, ``/truth``, ``/truth/fix``, ``/tf_static`` and, where the video is there,
    ``/image/compressed`` (or ``/image``) with ``/camera_info``.

    :param source: segment folder, or an excerpt (``.npz``).
    :param out: folder of the bag to create.
    :param car: turns steering into turn rate.
    :param drift: errors to add to the odometry.
    :param image_format: how frames of the video are stored.
    :param base_height_m: height of the device above the road [m].
    :param progress: called with the number of messages written and their total.
    :raises RecordingError: naming what is missing.
    """
    segment = load_comma_segment(source)
    bag = DriveBag()
    _add_fixes(bag, segment, 'live_gnss_ublox', '/fix', GNSS_SIGMA_M['ublox'])
    if 'live_gnss_qcom' in segment.data:
        _add_fixes(bag, segment, 'live_gnss_qcom', '/fix/phone', GNSS_SIGMA_M['qcom'])
    _add_odometry(bag, segment, car, drift)
    _add_inertial(bag, segment)
    add_truth(bag, segment.track, segment.local_frame)
    _add_transform(bag, segment)
    if segment.video is not None:
        _add_video(bag, segment, image_format)
    bag.save(out, progress=progress, custom_data=custom_data(
        Path(source).name, segment.local_frame, base_height_m))
    return segment


def _add_fixes(bag: DriveBag, segment: CommaSegment, name: str, topic: str, sigma: float) -> None:
    """Add positions at the time the receiver gives them."""
    for row in segment.data[name].tolist():
        bag.add(round(row[3] * 1e6), EventOrder.FIX, BagWriter.write_fix, topic, row[0], row[1],
                row[4], covariance=(sigma ** 2, sigma ** 2, 4.0 * sigma ** 2), covariance_type=1)


def _add_odometry(bag: DriveBag, segment: CommaSegment, car: BicycleModel,
                  drift: OdometryDrift) -> None:
    """Add odometry from the car's own speed and steering."""
    data = segment.data
    times = data['speed_t']
    speed = data['speed'].reshape(len(times), -1)[:, 0]
    steering = np.interp(times, data['steering_angle_t'], data['steering_angle'].ravel())
    forward = speed * np.cos(segment.drift_angle)
    left = speed * np.sin(segment.drift_angle)
    reckoned = dead_reckon(times, forward, left, car.turn_rate(speed, steering), drift)
    stamps = segment.stamps_ns('speed')
    keep = np.concatenate([[True], np.diff(stamps) > 0])
    attitude = segment.track.at(stamps[keep]).values
    for (row, stamp_ns), (_, _, _, roll, pitch, _) in zip(
            ((i, int(stamps[i])) for i in np.flatnonzero(keep)), attitude.tolist()):
        bag.add(stamp_ns, EventOrder.ODOMETRY, BagWriter.write_odometry, '/odometry/filtered',
                Pose2(*reckoned.poses[row].tolist()), roll=roll, pitch=pitch,
                linear=(reckoned.forward_mps[row], reckoned.left_mps[row], 0.0),
                angular=(0.0, 0.0, reckoned.turn_rps[row]))


def _add_inertial(bag: DriveBag, segment: CommaSegment) -> None:
    """Add turn rates, accelerations and the attitude of the true pose."""
    data = segment.data
    stamps = segment.stamps_ns('gyro')
    keep = np.concatenate([[True], np.diff(stamps) > 0])
    force = np.stack([np.interp(data['gyro_t'], data['accelerometer_t'], column)
                      for column in data['accelerometer'].T], axis=1) @ FRD_FROM_FLU
    turn = data['gyro'] @ FRD_FROM_FLU
    attitude = segment.track.at(stamps[keep]).values[:, 3:]
    for stamp_ns, angles, rates, forces in zip(
            stamps[keep].tolist(), attitude.tolist(), turn[keep].tolist(), force[keep].tolist()):
        bag.add(stamp_ns, EventOrder.INERTIAL, BagWriter.write_imu, '/imu',
                quaternion_from_rpy(*angles), rates, forces)


def _add_transform(bag: DriveBag, segment: CommaSegment) -> None:
    """Add where the camera sits: in the device, looking along its x axis."""
    edge = BagTransform('base_link', FRAME_ID, rigid_transform((0, 0, 0), BODY_FROM_OPTICAL))
    bag.add(int(segment.track.stamps_ns[0]), EventOrder.TRANSFORM, BagWriter.write_transforms,
            '/tf_static', [edge])


def _add_video(bag: DriveBag, segment: CommaSegment, image_format: ImageFormat) -> None:
    """Add the frames of the video; they are decoded when they are written, in order."""
    video = _Video(segment.video)
    for stamp_ns in segment.track.stamps_ns.tolist():
        bag.add(stamp_ns, EventOrder.CAMERA_INFO, BagWriter.write_camera_info, '/camera_info',
                *IMAGE_SHAPE, CAMERA_MATRIX, FRAME_ID)
        bag.add(stamp_ns, EventOrder.IMAGE, video.write_next, '/image', image_format)


class _Video:
    """A video whose frames are written one after the other."""

    def __init__(self, path: Path | None):
        """Open it."""
        self._path = path
        self._capture = cv2.VideoCapture(str(path))
        if not self._capture.isOpened():
            raise RecordingError(f'{path} cannot be decoded as a video.')

    def write_next(self, writer: BagWriter, topic: str, stamp_ns: int,
                   image_format: ImageFormat) -> None:
        """Write the next frame; a video that is too short leaves the rest out."""
        found, pixels = self._capture.read()
        if not found:
            return
        if pixels.shape[:2] != IMAGE_SHAPE:
            raise RecordingError(
                f'{self._path} has frames of {pixels.shape[1]} x {pixels.shape[0]} pixels; the '
                f'calibration is for {IMAGE_SHAPE[1]} x {IMAGE_SHAPE[0]}.')
        write_image_pixels(writer, topic, stamp_ns, pixels, image_format, FRAME_ID)
