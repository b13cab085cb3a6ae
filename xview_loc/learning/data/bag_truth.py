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

"""True poses of a recorded drive, from its bag or a trajectory file."""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError, GeometryError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.extrinsics import roll_pitch_yaw_from_quaternion
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_topics import FIX
from xview_loc.recordings.trajectory import read_tum

# Slower than this, the direction of travel of a vehicle is not told by its fixes.
SLOWEST_MPS = 1.0
COURSE_SPAN_S = 1.0
WIDEST_GAP_S = 0.5


@dataclass(frozen=True)
class TrueTrack:
    """
    True poses of ``base_link`` over time.

    :param stamps: ``(N,)`` float64, increasing [s]; read-only.
    :param poses: ``(N, 5)`` float64 x, y in ``map`` [m], yaw, roll, pitch [rad]; read-only. Roll
        and pitch are 0 where the truth does not hold them; yaw is NaN where it is not known.
    """

    stamps: np.ndarray
    poses: np.ndarray

    def __post_init__(self) -> None:
        """Sort by time, keep the first of equal stamps, and make the arrays read-only."""
        stamps = np.asarray(self.stamps, dtype=np.float64)
        order = np.unique(stamps, return_index=True)[1]
        object.__setattr__(self, 'stamps', frozen(stamps[order]))
        poses = np.asarray(self.poses, dtype=np.float64).reshape(-1, 5)
        object.__setattr__(self, 'poses', frozen(poses[order]))

    def at(self, stamps: np.ndarray) -> np.ndarray:
        """
        Interpolate linearly, angles along the shorter arc.

        :param stamps: ``(M,)`` [s].
        :return: ``(M, 5)``; NaN outside the track and inside gaps wider than half a second.
        """
        stamps = np.asarray(stamps, dtype=np.float64)
        if len(self.stamps) < 2:
            return np.full((len(stamps), 5), np.nan)
        after = np.clip(np.searchsorted(self.stamps, stamps), 1, len(self.stamps) - 1)
        gap = self.stamps[after] - self.stamps[after - 1]
        part = ((stamps - self.stamps[after - 1]) / gap)[:, None]
        step = self.poses[after] - self.poses[after - 1]
        step[:, 2:] = wrap_angle(step[:, 2:])
        result = self.poses[after - 1] + part * step
        # A neighbour without a yaw must not take away the yaw of a pose that is met exactly.
        exact = part[:, 0] == 1.0
        result[exact] = self.poses[after[exact]]
        result[:, 2:] = wrap_angle(result[:, 2:])
        outside = (stamps < self.stamps[0]) | (stamps > self.stamps[-1]) | (gap > WIDEST_GAP_S)
        result[outside] = np.nan
        return result


def read_true_track(reader: BagReader, topic: str, file: Path | None,
                    frame: LocalFrame | None) -> tuple[TrueTrack, LocalFrame]:
    """
    Read the truth of a drive.

    :param reader: the bag.
    :param topic: odometry in ``map``, or fixes of a precise receiver; '' with a file.
    :param file: TUM file of ``base_link`` in ``map``; wins over the topic.
    :param frame: the ``map`` frame; fixes make one of their own where it is ``None``.
    :return: the track, and the frame.
    :raises DataSetError: when there is no truth, or its place on the earth is unknown.
    """
    if file is None and not topic:
        raise DataSetError(
            f'{reader.path} has no topic of true poses; name one, or a trajectory (.tum).')
    if file is None and reader.topics[topic].msgtype == FIX:
        return _track_of_fixes(reader, topic, frame)
    if frame is None:
        raise DataSetError(
            f'{reader.path} does not tell the origin of the map its truth is in; state latitude, '
            'longitude and altitude.')
    if file is not None:
        trajectory = read_tum(file)
        level = np.zeros((len(trajectory), 2))
        return TrueTrack(trajectory.stamps, np.hstack([trajectory.poses, level])), frame
    return _track_of_odometry(reader, topic), frame


def _track_of_odometry(reader: BagReader, topic: str) -> TrueTrack:
    """Read full poses."""
    stamps, poses = [], []
    for _, log_ns, message in reader.messages([topic]):
        try:
            place, turn = message.pose.pose.position, message.pose.pose.orientation
            roll, pitch, yaw = roll_pitch_yaw_from_quaternion(turn.x, turn.y, turn.z, turn.w)
        except AttributeError:
            raise DataSetError(f'{topic} of {reader.path} holds no poses.') from None
        except GeometryError:
            continue
        stamp = header_stamp(message)
        stamps.append(log_ns * 1e-9 if stamp is None else stamp)
        poses.append((place.x, place.y, yaw, roll, pitch))
    if not stamps:
        raise DataSetError(f'{topic} of {reader.path} holds no poses.')
    return TrueTrack(np.array(stamps), np.array(poses))


def _track_of_fixes(reader: BagReader, topic: str,
                    frame: LocalFrame | None) -> tuple[TrueTrack, LocalFrame]:
    """Read fixes; yaw is the course, which a car keeps to within about 2 degrees."""
    rows = [(header_stamp(message), message.latitude, message.longitude, message.altitude)
            for _, _, message in reader.messages([topic]) if message.status.status >= 0
            and math.isfinite(message.latitude) and math.isfinite(message.longitude)]
    if not rows:
        raise DataSetError(f'{topic} of {reader.path} holds no valid fix.')
    stamps, latitude, longitude, altitude = np.array(rows, dtype=np.float64).T
    altitude = np.where(np.isfinite(altitude), altitude, 0.0)
    if frame is None:
        frame = LocalFrame(float(latitude[0]), float(longitude[0]), float(altitude[0]))
    x, y, _ = frame.map_from_geodetic(latitude, longitude, frame.altitude_m)
    order = np.unique(stamps, return_index=True)[1]
    places = np.stack([x, y], axis=1)[order]
    yaw = course(stamps[order], places)
    level = np.zeros((len(order), 2))
    return TrueTrack(stamps[order], np.column_stack([places, yaw, level])), frame


def course(stamps: np.ndarray, places: np.ndarray) -> np.ndarray:
    """
    Return the direction of travel, from places half a second before and after.

    :param stamps: ``(N,)`` increasing [s].
    :param places: ``(N, 2)`` x and y [m].
    :return: ``(N,)`` yaw, counter-clockwise from east [rad]; NaN below 1 m/s.
    """
    before = np.stack([np.interp(stamps - 0.5 * COURSE_SPAN_S, stamps, places[:, axis])
                       for axis in range(2)], axis=1)
    after = np.stack([np.interp(stamps + 0.5 * COURSE_SPAN_S, stamps, places[:, axis])
                      for axis in range(2)], axis=1)
    span = (np.minimum(stamps + 0.5 * COURSE_SPAN_S, stamps[-1])
            - np.maximum(stamps - 0.5 * COURSE_SPAN_S, stamps[0]))
    step = after - before
    fast = np.hypot(step[:, 0], step[:, 1]) >= SLOWEST_MPS * np.maximum(span, 1e-9)
    return np.where(fast, np.arctan2(step[:, 1], step[:, 0]), np.nan)
