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

"""What a bag says about a drive, for the report."""

from __future__ import annotations

from collections.abc import Iterable
import math
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.errors import CameraError, GeometryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_images import decode_message
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_topics import BagTopics, FIX
from xview_loc.recordings.trajectory import read_tum
from xview_loc.report.evaluation import Drive
from xview_loc.report.track import Track

STAMP_TOLERANCE_S = 1e-3
DEFAULT_FIX_SIGMA_M = 5.0


def first_fix(reader: BagReader, topic: str) -> tuple[float, float, float] | None:
    """
    Return latitude, longitude [deg] and altitude [m] of the first valid fix.

    :param reader: the bag.
    :param topic: fixes; '' for none.
    """
    if not topic:
        return None
    for _, _, message in reader.messages([topic]):
        if _is_valid(message):
            altitude = message.altitude if math.isfinite(message.altitude) else 0.0
            return message.latitude, message.longitude, altitude
    return None


def read_drive(reader: BagReader, topics: BagTopics, frame: LocalFrame | None,
               truth_file: Path | None = None) -> Drive:
    """
    Read GNSS, odometry and truth.

    :param reader: the bag.
    :param topics: which topic is which.
    :param frame: the map; fixes are left out where it is unknown.
    :param truth_file: TUM file in ``map``; the bag's truth topic when ``None``.
    """
    gnss = _empty()
    if topics.fix and frame is not None:
        gnss = _fixes(reader, topics.fix, frame)
    odometry = _odometry(reader, topics.odometry) if topics.odometry else _empty()
    truth = None
    if truth_file is not None:
        trajectory = read_tum(truth_file)
        truth = Track(trajectory.stamps, trajectory.poses)
    elif topics.truth and reader.topics[topics.truth].msgtype == FIX:
        truth = _fixes(reader, topics.truth, frame) if frame is not None else None
    elif topics.truth:
        truth = _odometry(reader, topics.truth)
    return Drive(gnss, odometry, truth)


def read_images(reader: BagReader, topics: BagTopics,
                stamps: Iterable[float]) -> dict[float, np.ndarray]:
    """
    Read the images with given stamps; what cannot be decoded is left out.

    :param reader: the bag.
    :param topics: which topic is which.
    :param stamps: stamps asked for [s].
    :return: RGB images by the stamp asked for.
    """
    wanted = np.array(sorted(stamps))
    images: dict[float, np.ndarray] = {}
    if not topics.image or len(wanted) == 0:
        return images
    for _, _, message in reader.messages([topics.image]):
        index = int(np.argmin(np.abs(wanted - header_stamp(message))))
        if abs(wanted[index] - header_stamp(message)) > STAMP_TOLERANCE_S:
            continue
        try:
            images[float(wanted[index])] = decode_message(message)
        except CameraError:
            continue
        if len(images) == len(wanted):
            break
    return images


def _is_valid(message: Any) -> bool:
    """Tell whether a fix is one."""
    return (message.status.status >= 0 and math.isfinite(message.latitude)
            and math.isfinite(message.longitude))


def _fixes(reader: BagReader, topic: str, frame: LocalFrame) -> Track:
    """Read fixes as positions in the map; those beyond the map's reach are left out."""
    stamps, poses, covariances = [], [], []
    for _, _, message in reader.messages([topic]):
        if not _is_valid(message):
            continue
        try:
            x, y, _ = frame.map_from_geodetic(message.latitude, message.longitude)
        except GeometryError:
            continue
        stamps.append(header_stamp(message))
        poses.append((float(x), float(y), math.nan))
        covariances.append(_fix_covariance(message))
    return Track.from_unordered(stamps, np.array(poses).reshape(-1, 3),
                                np.array(covariances).reshape(-1, 3, 3))


def _fix_covariance(message: Any) -> np.ndarray:
    """Return the covariance of a fix; the yaw is unknown."""
    covariance = np.diag([DEFAULT_FIX_SIGMA_M ** 2, DEFAULT_FIX_SIGMA_M ** 2, math.inf])
    given = np.asarray(message.position_covariance, dtype=np.float64).reshape(3, 3)[:2, :2]
    if (message.position_covariance_type != 0 and np.isfinite(given).all()
            and np.linalg.eigvalsh(given)[0] > 0.0):
        covariance[:2, :2] = given
    return covariance


def _odometry(reader: BagReader, topic: str) -> Track:
    """Read odometry as planar poses in its own frame."""
    stamps, poses = [], []
    for _, _, message in reader.messages([topic]):
        position, turn = message.pose.pose.position, message.pose.pose.orientation
        yaw = math.atan2(2.0 * (turn.w * turn.z + turn.x * turn.y),
                         1.0 - 2.0 * (turn.y ** 2 + turn.z ** 2))
        pose = (position.x, position.y, yaw)
        if all(map(math.isfinite, pose)):
            stamps.append(header_stamp(message))
            poses.append(pose)
    return Track.from_unordered(stamps, np.array(poses).reshape(-1, 3))


def _empty() -> Track:
    """Return a track without poses."""
    return Track(np.empty(0), np.empty((0, 3)))
