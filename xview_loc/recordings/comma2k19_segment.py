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
Reading segments of comma2k19.

Convention of the data set: positions and velocities are earth-centred (ECEF), orientations are
quaternions (w, x, y, z) whose rotation takes the device's forward-right-down axes to ECEF. The
device is our ``base_link`` (turned to forward-left-up).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import rotation_from_quaternion, rpy_from_rotation
from xview_loc.geometry.local_frame import geodetic_from_earth, LocalFrame
from xview_loc.recordings.pose_track import PoseTrack

FRD_FROM_FLU = np.diag([1.0, -1.0, -1.0])
"""From forward-left-up to the forward-right-down axes of the device."""

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
    angles = [rpy_from_rotation(enu @ rotation_from_quaternion(x, y, z, w) @ FRD_FROM_FLU)
              for w, x, y, z in data['pose_quat_wxyz'].tolist()]
    positions = np.stack(frame.map_from_geodetic(latitude, longitude, altitude), axis=1)
    track = PoseTrack(stamps, np.hstack([positions, np.array(angles)]))
    video = source / 'video.hevc'
    return CommaSegment(data, track, frame, boot_ns,
                        _drift_angle(data['pose_vel_ecef_mps'] @ enu.T, track.values[:, 5]),
                        video if video.is_file() else None)


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
