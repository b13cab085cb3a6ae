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
The time offset of a camera from a drive: where images say the vehicle was, and when it was there.

An image whose stamp is late by ``d`` shows the place that the vehicle had reached ``d`` earlier:
the matched pose trails the track along the road in proportion to speed, and in bends its heading
trails in proportion to the rate of turn. The offset of the imagery against the track and the
lever arm of the camera also move matched poses, but not in proportion to speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.report.track import Track

FEWEST = 8
STEPS = 12
RATE_STEP_S = 0.1
SMALLEST_STD_M, SMALLEST_STD_YAW = 0.03, math.radians(0.1)
# Of the camera's place, and of what a wrong height or pitch moves matches along the way.
LEVER_STD_M = 0.3
STRAY_SIGMA = 2.0
# What is less certain than this is not worth a parameter: 0.5 m at 10 m/s.
LARGEST_STD_S = 0.05


@dataclass(frozen=True)
class TimedMatch:
    """
    Where an image says the vehicle was.

    :param stamp: of the image, as it is corrected so far [s].
    :param pose: of ``base_link`` in ``map``.
    """

    stamp: float
    pose: Pose2


@dataclass(frozen=True)
class TrackError:
    """
    How a track wanders against the imagery: a first-order Gauss-Markov process on each axis.

    :param std_m: of the position [m].
    :param std_yaw: of the heading [rad].
    :param time_s: after which it has forgotten itself to 1 / e [s].
    """

    std_m: float
    std_yaw: float
    time_s: float


TRUTH = TrackError(0.5, math.radians(0.5), 60.0)
ODOMETRY = TrackError(1.0, math.radians(1.0), 20.0)


@dataclass(frozen=True)
class TimeOffset:
    """
    What to add to the stamps of images.

    :param seconds: the offset.
    :param std_s: its standard deviation.
    :param count: of the matches it is from.
    """

    seconds: float
    std_s: float
    count: int

    @property
    def is_known(self) -> bool:
        """Tell whether the drive was lively enough to tell the offset."""
        return self.std_s <= LARGEST_STD_S


def estimate_time_offset(
        matches: Sequence[TimedMatch], track_at: Callable[[np.ndarray], np.ndarray],
        error: TrackError) -> TimeOffset:
    """
    Find the offset that lays matched poses on a track, by generalised least squares.

    The residuals of position and heading are taken for white noise, as large as their robust
    scatter from match to match; an error of the track, see ``error``; and one unknown forward
    lever of 0.3 m. Wrong peaks lose weight as in Cauchy's distribution. Rates are differences over
    0.2 s, and the track is read anew at each of the Gauss-Newton steps.

    :param matches: in the order of time.
    :param track_at: poses of the vehicle at ``(N,)`` stamps, ``(N, 3)``; NaN where unknown.
    :param error: of the track against the imagery.
    :raises MatchingError: when there are fewer than eight matches on the track.
    """
    stamps = np.array([match.stamp for match in matches], np.float64)
    poses = np.array([match.pose.as_array() for match in matches]).reshape(-1, 3)
    known = np.isfinite(_rates(track_at, stamps)).all(axis=1)
    if known.sum() < FEWEST:
        raise MatchingError(
            f'{int(known.sum())} images were matched on the track; at least {FEWEST} are needed '
            'to tell the time offset.')
    stamps, poses = stamps[known], poses[known]
    offset, weights, std = 0.0, np.ones(3 * len(stamps)), math.inf
    for _ in range(STEPS):
        rates = np.nan_to_num(_rates(track_at, stamps + offset)).T.ravel()
        track = track_at(stamps + offset)
        residual = _residual(poses, track)
        white = _scatter(residual) ** 2 / weights
        shared = _shared(stamps, track[:, 2], error)
        inverse = np.linalg.inv(shared + np.diag(white))
        information = float(rates @ inverse @ rates)
        step = float(rates @ inverse @ residual) / max(information, 1e-12)
        left = residual - rates * step
        # what of the residual is white, the track's own error taken away
        unit = white * (inverse @ left) / np.sqrt(white * weights)
        weights = 1.0 / (1.0 + (unit / STRAY_SIGMA) ** 2)
        spread = float(left @ inverse @ left) / len(left)
        std = math.sqrt(max(spread, 1.0) / max(information, 1e-12))
        offset += step
    return TimeOffset(offset, std, len(stamps))


def aligned(track: Track, matches: Sequence[TimedMatch]) -> Track:
    """
    Lay a track of another frame on matched poses, by medians: it keeps its shape and its clock.

    :param track: for instance of odometry.
    :param matches: where images say the vehicle was.
    :raises MatchingError: when no match lies on the track.
    """
    poses = track.at([match.stamp for match in matches])
    known = np.isfinite(poses).all(axis=1)
    if not known.any():
        raise MatchingError('no matched image lies on the track.')
    found = np.array([match.pose.as_array() for match in matches])[known]
    turns = wrap_angle(found[:, 2] - poses[known, 2])
    middle = float(np.arctan2(np.sin(turns).mean(), np.cos(turns).mean()))
    turn = middle + float(np.median(wrap_angle(turns - middle)))
    turned = Pose2(0.0, 0.0, turn).transform(poses[known, :2])
    east, north = np.median(found[:, :2] - turned, axis=0)
    return track.moved(Pose2(float(east), float(north), turn))


def _rates(track_at: Callable[[np.ndarray], np.ndarray], stamps: np.ndarray) -> np.ndarray:
    """Return ``(N, 3)`` velocities in ``map`` [m/s] and rates of turn [rad/s]."""
    change = track_at(stamps + RATE_STEP_S) - track_at(stamps - RATE_STEP_S)
    change[:, 2] = wrap_angle(change[:, 2])
    return change / (2.0 * RATE_STEP_S)


def _residual(poses: np.ndarray, track: np.ndarray) -> np.ndarray:
    """Return what the matched poses are away from the track: all x, all y, all yaws."""
    away = np.nan_to_num(poses - track)
    away[:, 2] = wrap_angle(away[:, 2])
    return away.T.ravel()


def _scatter(residual: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each residual from match to match."""
    result = []
    for values, least in zip(residual.reshape(3, -1), (
            SMALLEST_STD_M, SMALLEST_STD_M, SMALLEST_STD_YAW)):
        change = np.abs(np.diff(values)) / math.sqrt(2.0)
        result.append(np.full(len(values), max(1.4826 * float(np.median(change)), least)))
    return np.concatenate(result)


def _shared(stamps: np.ndarray, yaws: np.ndarray, error: TrackError) -> np.ndarray:
    """Return the covariance that residuals share: the track's error and the lever arm."""
    count = len(stamps)
    near = np.exp(-np.abs(stamps[:, None] - stamps) / error.time_s)
    covariance = np.zeros((3 * count, 3 * count))
    for axis, std in enumerate((error.std_m, error.std_m, error.std_yaw)):
        part = slice(axis * count, (axis + 1) * count)
        covariance[part, part] = std ** 2 * near
    yaws = np.nan_to_num(yaws)
    forward = np.concatenate([np.cos(yaws), np.sin(yaws), np.zeros(count)])
    return covariance + LEVER_STD_M ** 2 * np.outer(forward, forward)
