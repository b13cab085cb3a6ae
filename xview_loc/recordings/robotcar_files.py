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
Reading the files of a traversal of the Oxford RobotCar.

Convention of the data set: times are microseconds since 1970, attitudes are those of forward-
right-down axes against north-east-down, so yaw is clockwise from true north and pitch is positive
nose up. Visual odometry rows are the pose of the source image in the destination image.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle, yaw_from_heading
from xview_loc.geometry.extrinsics import inverse_transform, rpy_from_rotation
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.csv_table import read_csv_table
from xview_loc.recordings.pose_track import PoseTrack
from xview_loc.recordings.robotcar_camera import se3_from_components

_POSE_COLUMNS = ('latitude', 'longitude', 'altitude', 'roll', 'pitch', 'yaw')
_VO_COLUMNS = ('x', 'y', 'z', 'roll', 'pitch', 'yaw')


def read_robotcar_poses(path: str | Path,
                        frame: LocalFrame | None = None) -> tuple[PoseTrack, LocalFrame]:
    """
    Read ``ins.csv`` or ``rtk.csv``.

    Positions come from latitude and longitude. Yaw counts from true north, not from grid north of
    the UTM columns beside it (1.4 degrees apart in Oxford).

    :param path: the file.
    :param frame: the map frame; tangent at the first position when ``None``.
    :return: the track of ``base_link`` and its map frame.
    :raises RecordingError: naming the file and line that is wrong.
    """
    table = read_csv_table(path, _POSE_COLUMNS, integer=('timestamp',))
    rows = first_of_equal(table['timestamp'])
    latitude, longitude, altitude, roll, pitch, yaw = (
        table[name][rows] for name in _POSE_COLUMNS)
    if frame is None:
        frame = LocalFrame(float(latitude[0]), float(longitude[0]), float(altitude[0]))
    x, y, z = frame.map_from_geodetic(latitude, longitude, altitude)
    convergence = np.radians(longitude - frame.longitude_deg) * np.sin(np.radians(latitude))
    yaw = wrap_angle(yaw_from_heading(yaw) + convergence)
    return PoseTrack(table['timestamp'][rows] * 1000,
                     np.stack([x, y, z, roll, -pitch, yaw], axis=1)), frame


def read_visual_odometry(path: str | Path,
                         vehicle_from_base_link: np.ndarray) -> tuple[np.ndarray, list[Pose2]]:
    """
    Read ``vo.csv`` and add its steps up.

    :param path: the file.
    :param vehicle_from_base_link: ``(4, 4)``; the steps are those of the vehicle frame.
    :return: stamps ``(N,)`` [ns], one more than rows, and the poses of ``base_link`` from the
        first one.
    :raises RecordingError: naming the file and line that is wrong.
    """
    table = read_csv_table(path, _VO_COLUMNS, integer=('source_timestamp',
                                                       'destination_timestamp'))
    source, destination = table['source_timestamp'], table['destination_timestamp']
    base_from_vehicle = inverse_transform(vehicle_from_base_link)
    order = np.argsort(np.maximum(source, destination), kind='stable')
    stamps, poses = [int(min(source[order[0]], destination[order[0]]))], [Pose2(0.0, 0.0, 0.0)]
    for row in order.tolist():
        step = base_from_vehicle @ se3_from_components(
            [table[name][row] for name in _VO_COLUMNS]) @ vehicle_from_base_link
        motion = Pose2(float(step[0, 3]), float(step[1, 3]), rpy_from_rotation(step)[2])
        if source[row] < destination[row]:
            motion = motion.inverse()
        stamp = int(max(source[row], destination[row]))
        if stamp > stamps[-1]:
            stamps.append(stamp)
            poses.append(poses[-1] @ motion)
    return np.array(stamps, dtype=np.int64) * 1000, poses


def read_image_stamps(traversal: Path, name: str) -> list[int]:
    """
    Read ``<camera>.timestamps``: a time in microseconds and a chunk number per line.

    :raises RecordingError: naming the file and line that is wrong.
    """
    path = traversal / f'{name.partition("/")[0]}.timestamps'
    if not path.is_file():
        raise RecordingError(f'{path} is missing; it holds the times of the images.')
    stamps = []
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2 or not words[0].isdigit():
            raise RecordingError(
                f'{path} line {number}: {line.strip()!r} is not a time and a chunk number.')
        stamps.append(int(words[0]))
    return stamps


def first_of_equal(stamps: np.ndarray) -> np.ndarray:
    """Return the rows in order of time, of equal times the first."""
    return np.unique(stamps, return_index=True)[1]
