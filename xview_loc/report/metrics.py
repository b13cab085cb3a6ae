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

"""Figures of merit of an estimated trajectory: pure functions of arrays."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.report.track import Track


def position_errors(estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """
    Return the planar distance of every estimate to the truth.

    :param estimate: ``(N, >=2)`` x, y [m].
    :param truth: ``(N, >=2)`` x, y [m].
    :return: ``(N,)`` [m]; NaN where either is NaN.
    """
    return np.hypot(estimate[:, 0] - truth[:, 0], estimate[:, 1] - truth[:, 1])


def heading_errors_deg(estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """
    Return the absolute angle between estimated and true heading.

    :param estimate: ``(N, 3)`` with yaw in the last column [rad].
    :param truth: ``(N, 3)``.
    :return: ``(N,)`` in [0, 180] [deg]; NaN where either is NaN.
    """
    return np.degrees(np.abs(wrap_angle(estimate[:, 2] - truth[:, 2])))


def pose_differences(estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return ``(N, 3)`` estimate minus truth in x, y [m] and wrapped yaw [rad]."""
    difference = np.asarray(estimate, dtype=np.float64) - truth
    difference[:, 2] = wrap_angle(difference[:, 2])
    return difference


def normalised_squared_errors(differences: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """
    Return the normalised estimation error squared, ``e^T P^-1 e``.

    Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001),
    equation 5.4.2-1.

    :param differences: ``(N, D)`` estimate minus truth.
    :param covariances: ``(N, D, D)`` reported covariances.
    :return: ``(N,)``; NaN where a difference or covariance is not finite or the covariance is
        singular.
    """
    result = np.full(len(differences), np.nan)
    usable = (np.isfinite(differences).all(axis=1)
              & np.isfinite(covariances).all(axis=(1, 2)))
    usable[usable] = np.linalg.det(covariances[usable]) > 0.0
    if usable.any():
        solved = np.linalg.solve(covariances[usable], differences[usable][:, :, None])[:, :, 0]
        result[usable] = np.einsum('ni,ni->n', differences[usable], solved)
    return result


def anees(differences: np.ndarray, covariances: np.ndarray) -> float:
    """
    Return the average NEES per dimension; 1 is consistent, more is overconfident.

    :param differences: ``(N, D)`` estimate minus truth.
    :param covariances: ``(N, D, D)``.
    :return: NaN when no pair is usable.
    """
    return mean(normalised_squared_errors(differences, covariances)) / differences.shape[1]


def ellipse_coverage(differences: np.ndarray, covariances: np.ndarray,
                     probability: float = 0.95) -> float:
    """
    Return the share of true positions inside the reported position ellipse.

    The bound of a two-dimensional Gaussian is ``-2 ln(1 - probability)``, exactly.

    :param differences: ``(N, >=2)`` estimate minus truth.
    :param covariances: ``(N, >=2, >=2)``.
    :param probability: mass of the ellipse, in (0, 1).
    """
    squared = normalised_squared_errors(differences[:, :2], covariances[:, :2, :2])
    squared = squared[np.isfinite(squared)]
    if len(squared) == 0:
        return math.nan
    return float(np.mean(squared <= -2.0 * math.log(1.0 - probability)))


def position_two_sigma(covariances: np.ndarray) -> np.ndarray:
    """
    Return twice the standard deviation along the worst direction.

    :param covariances: ``(N, >=2, >=2)`` with x, y first.
    :return: ``(N,)`` [m].
    """
    block = covariances[:, :2, :2]
    half_trace = 0.5 * (block[:, 0, 0] + block[:, 1, 1])
    spread = np.hypot(0.5 * (block[:, 0, 0] - block[:, 1, 1]), block[:, 0, 1])
    return 2.0 * np.sqrt(np.maximum(half_trace + spread, 0.0))


def aligned_at_start(track: Track, truth: Track) -> Track:
    """
    Move a track so that it agrees with the truth at the first instant both know.

    :param track: poses in their own frame, such as ``odom``.
    :param truth: poses in ``map``.
    :return: the track in ``map`` from that instant on; empty when they never overlap.
    """
    reference = truth.at(track.stamps)
    known = np.flatnonzero(np.isfinite(reference).all(axis=1))
    if len(known) == 0:
        return Track(np.empty(0), np.empty((0, 3)))
    first = known[0]
    map_from_odom = Pose2(*reference[first]) @ Pose2(*track.poses[first]).inverse()
    return track.between(track.stamps[first], math.inf).moved(map_from_odom)


def seconds_in_state(stamps: np.ndarray, states: list[str], state: str, end: float) -> float:
    """
    Return how long a state was held, each report standing until the next one.

    :param stamps: ``(N,)`` increasing report times [s].
    :param states: the state reported at each.
    :param state: the state asked for.
    :param end: until when the last report stands [s].
    """
    if len(stamps) == 0:
        return 0.0
    lasts = np.diff(np.append(stamps, max(end, stamps[-1])))
    return float(lasts[np.asarray(states) == state].sum())


def rate_hz(stamps: np.ndarray) -> float:
    """Return events per second between the first and the last; 0 for fewer than two."""
    if len(stamps) < 2:
        return 0.0
    span = float(np.max(stamps) - np.min(stamps))
    return (len(stamps) - 1) / span if span > 0.0 else 0.0


def median(values) -> float:
    """Return the median of the finite values; NaN when there is none."""
    return percentile(values, 50.0)


def percentile(values, rank: float) -> float:
    """
    Return a percentile of the finite values, interpolated linearly; NaN when there is none.

    :param values: array of any shape.
    :param rank: in [0, 100].
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    return float(np.percentile(values, rank)) if len(values) else math.nan


def mean(values) -> float:
    """Return the mean of the finite values; NaN when there is none."""
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else math.nan
