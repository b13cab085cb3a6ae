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

"""Start, mix and renew sets of particles."""

from __future__ import annotations

import numpy as np

from xview_loc.filtering.belief import GNSS_ERROR, Row, STATES
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.kld_sampling import kld_count, occupied_bins
from xview_loc.filtering.resampling import effective_sample_size, systematic_resample
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2

# Powers of the inverse of the root of t^4 = t + 1.
RECURRENCE = tuple(1.2207440846057596 ** -power for power in (1, 2, 3))


def new_states(poses: np.ndarray, config: FilterConfig,
               generator: np.random.Generator) -> np.ndarray:
    """
    Give poses their odometry errors; the GNSS errors start at their mean, zero.

    :param poses: ``(3, N)`` x, y, yaw.
    :param config: spread of scale and drift.
    :param generator: source of ``(2, N)`` normal numbers.
    :return: ``(9, N)``.
    """
    states = np.zeros((STATES, poses.shape[1]))
    states[:3] = poses
    states[Row.SCALE:Row.OFFSET_X] = generator.standard_normal((2, poses.shape[1]))
    states[Row.SCALE] *= config.motion_noise.scale
    states[Row.DRIFT] *= config.motion_noise.drift
    return states


def gaussian_poses(pose: Pose2, covariance: np.ndarray, count: int,
                   generator: np.random.Generator) -> np.ndarray:
    """
    Draw poses from a Gaussian.

    :param pose: mean.
    :param covariance: ``(3, 3)`` over x, y, yaw, not negative.
    :param count: number of draws.
    :param generator: source of ``(3, count)`` normal numbers.
    :return: ``(3, count)``.
    """
    value, vector = np.linalg.eigh(covariance)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    poses = pose.as_array()[:, None] + root @ generator.standard_normal((3, count))
    poses[2] = wrap_angle(poses[2])
    return poses


def uniform_yaw_poses(x: float, y: float, covariance: np.ndarray, count: int,
                      generator: np.random.Generator) -> np.ndarray:
    """
    Spread positions over a Gaussian and yaws over the whole circle, evenly.

    Once the yaw is known only a percent or two of the particles survive; drawn independently,
    their mean would be off by a tenth of the spread. A randomly shifted additive recurrence (the
    plastic-number sequence of Roberts 2018) gives each slice of yaws a balanced cloud instead.

    :param x: mean east [m].
    :param y: mean north [m].
    :param covariance: ``(2, 2)`` [m2].
    :param count: number of poses.
    :param generator: source of three uniform numbers.
    :return: ``(3, count)``.
    """
    steps = np.arange(1, count + 1)
    first, second, turn = (generator.random() + steps * step for step in RECURRENCE)
    radius = np.sqrt(-2.0 * np.log1p(-np.minimum(first % 1.0, 1.0 - 1e-12)))
    normals = radius * np.stack([np.cos(2.0 * np.pi * second), np.sin(2.0 * np.pi * second)])
    value, vector = np.linalg.eigh(covariance)
    position = (vector * np.sqrt(np.maximum(value, 0.0))) @ normals
    return np.concatenate([position + [[x], [y]], wrap_angle(2.0 * np.pi * turn)[None]])


def offspring(states: np.ndarray, weights: np.ndarray, poses: np.ndarray,
              generator: np.random.Generator, *, position_moves: bool = True,
              with_yaw: bool = True) -> np.ndarray:
    """
    Put the errors known to a particle set onto new poses.

    Scale, drift and GNSS errors are taken from random ancestors. Where ``position_moves`` the
    particle stands for another position of the same vehicle under the same fixes, so its GNSS
    error takes up the displacement as far as the set shows it does (the regression of error on
    position); otherwise the vehicle itself moved and the errors stay.

    :param states: ``(9, N)`` ancestors.
    :param weights: ``(N,)`` that sum to one.
    :param poses: ``(3, n)`` new poses.
    :param generator: source of one uniform number and one permutation.
    :param position_moves: see above.
    :param with_yaw: take the yaw from ``poses``, else from the ancestor.
    :return: ``(9, n)``.
    """
    count = poses.shape[1]
    chosen = generator.permutation(systematic_resample(weights, count, generator))
    result = np.take(states, chosen, axis=1)
    if position_moves:
        shift = poses[:2] - result[:2]
        result[GNSS_ERROR][:2] += _regression(states, weights, 0) * shift
        result[GNSS_ERROR][2:] += _regression(states, weights, 2) * shift
    rows = 3 if with_yaw else 2
    result[:rows] = poses[:rows]
    return result


def _regression(states, weights, first):
    """Return the slope of a GNSS error on position, the same along both axes, in [-1, 0]."""
    position = states[:2] - (states[:2] @ weights)[:, None]
    error = states[GNSS_ERROR][first:first + 2]
    error = error - (error @ weights)[:, None]
    variance = float(((position ** 2) @ weights).sum())
    covariance = float(((position * error) @ weights).sum())
    return min(max(covariance / max(variance, 1e-12), -1.0), 0.0)


def renewed(states: np.ndarray, weights: np.ndarray, config: FilterConfig,
            generator: np.random.Generator, force: bool = False
            ) -> tuple[np.ndarray, np.ndarray]:
    """
    Resample when the weights have degenerated, to the number the posterior needs.

    :param states: ``(9, N)``.
    :param weights: ``(N,)`` that sum to one.
    :param config: resampling threshold and adaptive count.
    :param generator: source of one uniform number.
    :param force: resample in any case.
    :return: states and weights, the same ones where nothing had to be done.
    """
    degenerate = effective_sample_size(weights) < config.resample_fraction * len(weights)
    if not (degenerate or force):
        return states, weights
    alive = np.flatnonzero(weights > 1e-3 / len(weights))
    bins = occupied_bins(
        states[Row.X, alive], states[Row.Y, alive], states[Row.YAW, alive],
        config.particle_count)
    count = kld_count(bins, config.particle_count)
    chosen = systematic_resample(weights, count, generator)
    return np.take(states, chosen, axis=1), np.full(count, 1.0 / count)
