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

Convention of the data set: positions and velocities are earth-centred (ECEF), orientations are
quaternions (w, x, y, z) whose rotation takes the device's forward-right-down axes to ECEF. The
device is our ``base_link`` (turned to forward-left-up); its camera looks along its x axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import (
    BODY_FROM_OPTICAL, quaternion_from_rpy, rigid_transform, rotation_from_quaternion,
    rpy_from_rotation)
from xview_loc.geometry.local_frame import geodetic_from_earth, LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import BagTransform
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.bicycle_model import BicycleModel
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.image_format import ImageFormat, write_image_pixels
from xview_loc.recordings.pose_track import PoseTrack
from xview_loc.recordings.track_messages import add_truth

# The data set's own figures: height of the device on the windscreen, camera matrix and image size.
DEVICE_HEIGHT_M = 1.22
CAMERA_MATRIX = np.array([[910.0, 0.0, 582.0], [0.0, 910.0, 437.0], [0.0, 0.0, 1.0]])
IMAGE_SHAPE = (874, 1164)
GNSS_SIGMA_M = {'ublox': 2.5, 'qcom': 5.0}

FRAME_ID = 'camera_optical_frame'
_FRD_FROM_FLU = np.diag([1.0, -1.0, -1.0])

# Names inside an excerpt (.npz), and the files of a segment that hold the same.
_FILES = {
    'pose_t': 'global_pose/frame_times', 'pose_ecef_m': 'global_pose/frame_positions',
    'pose_quat_wxyz': 'global_pose/frame_orientations',
    'pose_vel_ecef_mps': 'global_pose/frame_velocities',
    'speed_t': 'processed_log/CAN/speed/t', 'speed': 'processed_log/CAN/speed/value',
    'steering_angle_t': 'processed_log/CAN/steering_angle/t',
    'steering_angle': 'processed_log/CAN/steering_angle/value',
    'gyro_t': 'processed_log/IMU/gyro/t', 'gyro': 'processed_log/IMU/gyro/value',
    'accelerometer_t': 'processed_log/IMU/accelerometer/t',
    'accelerometer': 'processed_log/IMU/accelerometer/value',
    'live_gnss_ublox_t': 'processed_log/GNSS/live_gnss_ublox/t',
    'live_gnss_ublox': 'processed_log/GNSS/live_gnss_ublox/value',
    'live_gnss_qcom_t': 'processed_log/GNSS/live_gnss_qcom/t',
    'live_gnss_qcom': 'processed_log/GNSS/live_gnss_qcom/value'}
_OPTIONAL = ('live_gnss_qcom', 'live_gnss_qcom_t')


@dataclass(frozen=True)
class CommaSegment:
    """
    A segment in map coordinates.

    :param data: arrays by the names of the excerpt.
    :param track: true poses of the device.
    :param local_frame: the map frame; its datum is the first position.
    :param boot_ns: time of the log's zero, UTC [ns].
    :param drift_angle: direction of travel less the device's yaw: how it is mounted [rad].
    :param video: the video file, or ``None``.
    """

    data: Mapping[str, np.ndarray]
    track: PoseTrack
    local_frame: LocalFrame
    boot_ns: int
    drift_angle: float
    video: Path | None

    def stamps_ns(self, name: str) -> np.ndarray:
        """Return the stamps of a series, UTC [ns]."""
        return self.boot_ns + np.rint(self.data[f'{name}_t'] * 1e9).astype(np.int64)


def load_comma_segment(source: str | Path) -> CommaSegment:
    """
    Read a segment folder of the data set, or an excerpt of one (``.npz``).

    :param source: the folder or file.
    :raises RecordingError: naming what is missing or of the wrong shape.
    """
    source = Path(source)
    data = _read_arrays(source)
    latitude, longitude, altitude = geodetic_from_earth(*data['pose_ecef_m'].T)
    frame = LocalFrame(float(latitude[0]), float(longitude[0]), float(altitude[0]))
    fixes = data['live_gnss_ublox']
    # Positions reach the log after their time; the quickest one tells the time of boot.
    boot_ns = int(np.max(np.rint(fixes[:, 3] * 1e6) - data['live_gnss_ublox_t'] * 1e9))
    stamps = boot_ns + np.rint(data['pose_t'] * 1e9).astype(np.int64)
    enu = _enu_from_earth(np.radians(latitude[0]), np.radians(longitude[0]))
    angles = [rpy_from_rotation(enu @ rotation_from_quaternion(x, y, z, w) @ _FRD_FROM_FLU)
              for w, x, y, z in data['pose_quat_wxyz'].tolist()]
    positions = np.stack(frame.map_from_geodetic(latitude, longitude, altitude), axis=1)
    track = PoseTrack(stamps, np.hstack([positions, np.array(angles)]))
    video = source / 'video.hevc'
    return CommaSegment(data, track, frame, boot_ns,
                        _drift_angle(data['pose_vel_ecef_mps'] @ enu.T, track.values[:, 5]),
                        video if video.is_file() else None)


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


def _read_arrays(source: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an excerpt or a segment."""
    if not source.exists():
        raise RecordingError(f'{source} does not exist; name a segment of comma2k19.')
    data = _read_folder(source) if source.is_dir() else _read_excerpt(source)
    missing = [name for name in _FILES if name not in data and name not in _OPTIONAL]
    if missing:
        raise RecordingError(f'{source} has no {_FILES[missing[0]]} ({missing[0]}).')
    _check_lengths(source, data)
    return data


def _read_folder(source: Path) -> dict[str, np.ndarray]:
    """Read the files of a segment that are there."""
    data: dict[str, np.ndarray] = {}
    for name, place in _FILES.items():
        if (source / place).is_file():
            try:
                data[name] = np.asarray(np.load(source / place), dtype=np.float64)
            except (OSError, ValueError, EOFError) as error:
                raise RecordingError(f'{source / place} cannot be read: {error}.') from error
    return data


def _read_excerpt(source: Path) -> dict[str, np.ndarray]:
    """Read the arrays of an archive that we know."""
    try:
        with source.open('rb') as file:
            archive = dict(np.load(file))
            return {name: np.asarray(archive[name], dtype=np.float64)
                    for name in _FILES if name in archive}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise RecordingError(f'{source} cannot be read as an excerpt: {error}.') from error


def _check_lengths(source: Path, data: dict[str, np.ndarray]) -> None:
    """Refuse series whose values and times differ in number."""
    series = {name: f'{name}_t' for name in data if f'{name}_t' in data}
    series.update({name: 'pose_t' for name in data if name.startswith('pose_') and name[5] != 't'})
    for name, times in series.items():
        if len(data[name]) != len(data[times]) or len(data[times]) == 0:
            raise RecordingError(
                f'{source}: {name} has {len(data[name])} values for {len(data[times])} times.')


def _enu_from_earth(latitude: float, longitude: float) -> np.ndarray:
    """Return the rotation from ECEF to east-north-up at a place [rad]."""
    sp, cp, sl, cl = (np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude))
    return np.array([[-sl, cl, 0.0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]])


def _drift_angle(velocity: np.ndarray, yaw: np.ndarray) -> float:
    """Return the median direction of travel in the device, while it moves."""
    moving = np.hypot(velocity[:, 0], velocity[:, 1]) > 3.0
    if not moving.any():
        return 0.0
    course = np.arctan2(velocity[moving, 1], velocity[moving, 0])
    return float(np.median((course - yaw[moving] + np.pi) % (2.0 * np.pi) - np.pi))


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
                      for column in data['accelerometer'].T], axis=1) @ _FRD_FROM_FLU
    turn = data['gyro'] @ _FRD_FROM_FLU
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
