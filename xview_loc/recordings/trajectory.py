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

"""Planar trajectories and their TUM files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class Trajectory:
    """
    Poses over time.

    :param stamps: ``(N,)`` float64, strictly increasing [s]; read-only.
    :param poses: ``(N, 3)`` float64 x, y [m], yaw [rad]; read-only.
    :raises RecordingError: when shapes disagree, a value is not finite, or time stands still.
    """

    stamps: np.ndarray
    poses: np.ndarray

    def __post_init__(self):
        """Check shapes and order, and make the arrays read-only."""
        stamps = frozen(self.stamps, np.float64)
        poses = frozen(np.reshape(self.poses, (-1, 3)), np.float64)
        if stamps.shape != poses.shape[:1]:
            raise RecordingError(
                f'A trajectory needs one pose per stamp; got {len(stamps)} stamps and '
                f'{len(poses)} poses.')
        if not (np.isfinite(stamps).all() and np.isfinite(poses).all()):
            raise RecordingError('A trajectory must be finite; it holds NaN or infinity.')
        if np.any(np.diff(stamps) <= 0.0):
            row = int(np.argmax(np.diff(stamps) <= 0.0)) + 1
            raise RecordingError(
                f'The stamps of a trajectory must increase; number {row} is {stamps[row]:.6f} s '
                f'after {stamps[row - 1]:.6f} s.')
        object.__setattr__(self, 'stamps', stamps)
        object.__setattr__(self, 'poses', poses)

    @classmethod
    def from_poses(cls, stamped: Iterable[tuple[float, Pose2]]) -> Trajectory:
        """
        Build a trajectory from stamped poses in any order; of equal stamps the last one stays.

        :param stamped: pairs of stamp [s] and pose.
        """
        ordered = dict(sorted(stamped, key=lambda pair: pair[0]))
        return cls(np.array(list(ordered), dtype=np.float64),
                   np.array([pose.as_array() for pose in ordered.values()]).reshape(-1, 3))

    def __len__(self) -> int:
        """Return the number of poses."""
        return len(self.stamps)

    @property
    def length_m(self) -> float:
        """Return the distance travelled [m]."""
        return float(np.hypot(*np.diff(self.poses[:, :2], axis=0).T).sum())

    def pose(self, index: int) -> Pose2:
        """Return one pose."""
        return Pose2(*map(float, self.poses[index]))

    def at(self, stamp: float, *, max_gap_s: float = 0.5) -> Pose2 | None:
        """
        Interpolate linearly in position and along the shorter arc in yaw.

        :param stamp: time asked for [s].
        :param max_gap_s: widest gap between poses to interpolate across [s].
        :return: the pose, or ``None`` outside the trajectory and inside wider gaps.
        """
        after = int(np.searchsorted(self.stamps, stamp))
        if after < len(self) and self.stamps[after] == stamp:
            return self.pose(after)
        if after == 0 or after == len(self):
            return None
        gap = self.stamps[after] - self.stamps[after - 1]
        if gap > max_gap_s:
            return None
        fraction = float((stamp - self.stamps[after - 1]) / gap)
        return self.pose(after - 1).interpolate(self.pose(after), fraction)

    def sampled(self, stamps: np.ndarray, *, max_gap_s: float = 0.5) -> np.ndarray:
        """
        Interpolate at many stamps; see :meth:`at`.

        :param stamps: ``(M,)`` [s].
        :return: ``(M, 3)`` float64; NaN rows where :meth:`at` gives ``None``.
        """
        stamps = np.asarray(stamps, dtype=np.float64)
        if len(self) == 0:
            return np.full((len(stamps), 3), np.nan)
        after = np.clip(np.searchsorted(self.stamps, stamps), 0, len(self) - 1)
        before = np.where(self.stamps[after] == stamps, after, np.maximum(after - 1, 0))
        gap = self.stamps[after] - self.stamps[before]
        part = np.where(gap > 0.0, (stamps - self.stamps[before]) / np.where(gap, gap, 1.0), 0.0)
        step = self.poses[after] - self.poses[before]
        step[:, 2] = wrap_angle(step[:, 2])
        result = self.poses[before] + part[:, None] * step
        result[:, 2] = wrap_angle(result[:, 2])
        inside = (stamps >= self.stamps[0]) & (stamps <= self.stamps[-1]) & (gap <= max_gap_s)
        result[~inside] = np.nan
        return result

    def nearest(self, stamp: float, *, max_difference_s: float = 0.05) -> int | None:
        """
        Return the index of the pose nearest in time, or ``None`` when it is too far away.

        :param stamp: time asked for [s].
        :param max_difference_s: largest difference allowed [s].
        """
        if len(self) == 0:
            return None
        index = int(np.argmin(np.abs(self.stamps - stamp)))
        return index if abs(self.stamps[index] - stamp) <= max_difference_s else None


def read_tum(path: str | Path) -> Trajectory:
    """
    Read a TUM file: ``stamp x y z qx qy qz qw`` per line, ``#`` starts a comment.

    Heights, roll and pitch are dropped: the yaw is that of the body's x axis.

    :param path: the file.
    :raises RecordingError: naming the file and the line that is wrong.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f'{path} cannot be read as a trajectory: {error}.') from error
    stamped: dict[float, Pose2] = {}
    for number, line in enumerate(lines, start=1):
        content = line.partition('#')[0].replace(',', ' ').split()
        if content:
            stamp, pose = _tum_row(path, number, content)
            if stamped and stamp <= next(reversed(stamped)):
                raise RecordingError(
                    f'{path} line {number}: the stamp {stamp:.6f} does not follow the one '
                    'before it.')
            stamped[stamp] = pose
    return Trajectory.from_poses(stamped.items())


def write_tum(path: str | Path, trajectory: Trajectory) -> None:
    """
    Write a TUM file with zero height, roll and pitch.

    :param path: the file; an old one is replaced.
    :param trajectory: what to write.
    """
    rows = ['# timestamp x y z qx qy qz qw']
    for stamp, (x, y, yaw) in zip(trajectory.stamps, trajectory.poses):
        half = 0.5 * yaw
        rows.append(f'{stamp:.9f} {x:.6f} {y:.6f} 0.000000 0.000000000 0.000000000 '
                    f'{math.sin(half):.9f} {math.cos(half):.9f}')
    Path(path).write_text('\n'.join(rows) + '\n', encoding='utf-8')


def _tum_row(path: Path, number: int, content: list[str]) -> tuple[float, Pose2]:
    """Parse one line of a TUM file."""
    if len(content) != 8:
        raise RecordingError(
            f'{path} line {number} has {len(content)} values; a TUM line has 8 '
            '(stamp x y z qx qy qz qw).')
    try:
        stamp, x, y, _, qx, qy, qz, qw = map(float, content)
    except ValueError as error:
        raise RecordingError(f'{path} line {number}: {error}.') from error
    norm = math.sqrt(qx * qx + qy * qy + qz * qz + qw * qw)
    if not (all(map(math.isfinite, (stamp, x, y, norm))) and abs(norm - 1.0) < 0.01):
        raise RecordingError(
            f'{path} line {number}: values must be finite and the quaternion of length 1; '
            f'its length is {norm:.4f}.')
    yaw = math.atan2(2.0 * (qw * qz + qx * qy), qw * qw + qx * qx - qy * qy - qz * qz)
    return stamp, Pose2(x, y, yaw)
