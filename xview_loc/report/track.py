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

"""A trajectory as arrays: what the metrics and the pictures work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class Track:
    """
    Planar poses over time from one source.

    :param stamps: ``(N,)`` float64 measurement times, increasing [s]; read-only.
    :param poses: ``(N, 3)`` float64 x east, y north [m], yaw [rad]; yaw is NaN where the source
        does not measure it; read-only.
    :param covariances: ``(N, 3, 3)`` float64 over x, y, yaw, or ``None``; read-only.
    :raises RecordingError: when the shapes disagree or the stamps do not increase.
    """

    stamps: np.ndarray
    poses: np.ndarray
    covariances: np.ndarray | None = None

    def __post_init__(self):
        """Check shapes and order and make the arrays read-only."""
        stamps = frozen(self.stamps, np.float64)
        poses = frozen(np.asarray(self.poses, dtype=np.float64).reshape(-1, 3))
        if stamps.shape != (len(poses),):
            raise RecordingError(
                f'A track has {stamps.shape} stamps for {len(poses)} poses; '
                'there must be one stamp per pose.')
        if np.any(np.diff(stamps) <= 0.0):
            raise RecordingError('The stamps of a track must increase; sort it first.')
        object.__setattr__(self, 'stamps', stamps)
        object.__setattr__(self, 'poses', poses)
        if self.covariances is not None:
            covariances = frozen(self.covariances, np.float64)
            if covariances.shape != (len(poses), 3, 3):
                raise RecordingError(
                    f'Covariances have shape {covariances.shape}; '
                    f'expected {(len(poses), 3, 3)}.')
            object.__setattr__(self, 'covariances', covariances)

    @classmethod
    def from_unordered(cls, stamps, poses, covariances=None) -> Track:
        """
        Build a track from samples in any order; of equal stamps the last one given is kept.

        :param stamps: ``(N,)`` [s].
        :param poses: ``(N, 3)``.
        :param covariances: ``(N, 3, 3)`` or ``None``.
        """
        stamps = np.asarray(stamps, dtype=np.float64).reshape(-1)
        poses = np.asarray(poses, dtype=np.float64).reshape(-1, 3)
        order = np.argsort(stamps, kind='stable')
        ordered = stamps[order]
        last = np.append(np.diff(ordered) > 0.0, True)[:len(ordered)]
        kept = order[last]
        return cls(stamps[kept], poses[kept],
                   None if covariances is None else np.asarray(covariances)[kept])

    def __len__(self) -> int:
        """Return the number of poses."""
        return len(self.stamps)

    @property
    def positions(self) -> np.ndarray:
        """Return ``(N, 2)`` x, y [m]."""
        return self.poses[:, :2]

    @property
    def length_m(self) -> float:
        """Return the length of the path [m]."""
        return float(np.linalg.norm(np.diff(self.positions, axis=0), axis=1).sum())

    def between(self, start: float, end: float) -> Track:
        """Return the part of the track with ``start <= stamp <= end``."""
        keep = (self.stamps >= start) & (self.stamps <= end)
        return Track(self.stamps[keep], self.poses[keep],
                     None if self.covariances is None else self.covariances[keep])

    def at(self, stamps, max_gap_s: float = 1.0) -> np.ndarray:
        """
        Interpolate linearly in position and along the shorter arc in yaw.

        :param stamps: ``(M,)`` [s].
        :param max_gap_s: widest gap between two poses that is bridged [s].
        :return: ``(M, 3)`` float64; NaN outside the track and inside wider gaps.
        """
        stamps = np.asarray(stamps, dtype=np.float64).reshape(-1)
        if len(self) == 0:
            return np.full((len(stamps), 3), np.nan)
        upper = np.clip(np.searchsorted(self.stamps, stamps), 0, len(self) - 1)
        lower = np.where(self.stamps[upper] == stamps, upper, np.maximum(upper - 1, 0))
        gap = self.stamps[upper] - self.stamps[lower]
        part = np.divide(stamps - self.stamps[lower], gap, out=np.zeros_like(stamps),
                         where=gap > 0.0)
        step = self.poses[upper] - self.poses[lower]
        step[:, 2] = wrap_angle(step[:, 2])
        result = self.poses[lower] + part[:, None] * step
        result[:, 2] = wrap_angle(result[:, 2])
        known = ((stamps >= self.stamps[0]) & (stamps <= self.stamps[-1])
                 & (gap <= max_gap_s))
        result[~known] = np.nan
        return result

    def moved(self, target_from_source: Pose2) -> Track:
        """Return the track expressed in another frame."""
        poses = np.column_stack([
            target_from_source.transform(self.positions),
            wrap_angle(self.poses[:, 2] + target_from_source.yaw)])
        return Track(self.stamps, poses)
