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

"""What late images must cost: the error of the best linear filter, with and without lateness."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.scenarios.drive import (
    ACROSS_STD_M, ALONG_STD_M, ERROR_LENGTH_M, IMAGE_STEPS, YAW_STD)
from xview_loc.scenarios.noisy_sensors import (
    FORWARD_PER_SQRT_M, SIDEWAYS_PER_SQRT_M, YAW_PER_SQRT_M)
from xview_loc.scenarios.route import STEP_S
from xview_loc.scenarios.scenario import Scenario

IMAGES = 80
REORDER_DELAY_S = 0.2
TRIALS = 200
START_STDS = (2.0, 0.1)


def lateness_cost(scenario: Scenario, speed: float = 9.0) -> float:
    """
    Return by what factor lateness raises the least possible error of the present position.

    A pose of now knows nothing of an image that has not arrived; odometry has to bridge the time
    since, with its own noise and with the heading as it is known. The errors of odometry and
    images are those of the scenarios (white over the way; first-order autoregressive over the
    way), the vehicle goes straight, and the mean square error of the best linear estimate follows
    from conditioning a Gaussian on what has arrived (Kalman 1960). Left out are GNSS, which knows
    metres, and turns, which make the heading worse and lateness dearer.

    :param scenario: how late images come, how many are lost, wrong or blind along the road.
    :param speed: [m/s].
    :return: at least 1; medians of Gaussian errors grow by the same factor.
    """
    way = speed * IMAGE_STEPS * STEP_S
    along = _Axis(way, FORWARD_PER_SQRT_M, None, ALONG_STD_M)
    across = _Axis(way, SIDEWAYS_PER_SQRT_M, YAW_PER_SQRT_M, ACROSS_STD_M)
    late, in_time = (
        along.variance(scenario, latency, scenario.wrong_share + scenario.ridge_share)
        + across.variance(scenario, latency, scenario.wrong_share)
        for latency in (scenario.latency_s, 0.0))
    return math.sqrt(late / in_time)


class _Axis:
    """A position and, across the road, the heading that carries it away."""

    def __init__(self, way, noise, yaw_noise, std):
        size = 1 if yaw_noise is None else 2
        transition, diffusion = np.eye(size), np.full((size, size), noise ** 2 * way)
        errors = [std]
        if yaw_noise is not None:
            yaw = yaw_noise ** 2
            transition[0, 1] = way
            diffusion[0, 0] += yaw * way ** 3 / 3.0
            diffusion[0, 1] = diffusion[1, 0] = yaw * way ** 2 / 2.0
            diffusion[1, 1] = yaw * way
            errors.append(YAW_STD)
        self._size = size
        self._states = _joint_covariance(
            transition, diffusion, np.diag(np.square(START_STDS[:size])))
        gaps = np.abs(np.subtract.outer(np.arange(IMAGES + 1), np.arange(IMAGES + 1)))
        self._errors = np.kron(np.exp(-gaps * way / ERROR_LENGTH_M), np.diag(np.square(errors)))

    def variance(self, scenario, latency_s, useless_share):
        """Return the mean square error of the position now, over who has arrived."""
        generator = np.random.default_rng(0)
        age = (IMAGES - np.arange(IMAGES + 1)) * IMAGE_STEPS * STEP_S
        useful = (1.0 - scenario.drop_share) * (1.0 - useless_share)
        now = self._states.shape[0] - self._size
        total = 0.0
        for _ in range(TRIALS):
            chance, late = generator.random((2, IMAGES + 1))
            there = (chance < useful) & (age >= np.maximum(late * latency_s, REORDER_DELAY_S))
            seen = np.flatnonzero(np.repeat(there, self._size))
            gain = self._states[now, seen]
            innovation = (self._states + self._errors)[np.ix_(seen, seen)]
            total += self._states[now, now] - gain @ np.linalg.solve(innovation, gain)
        return total / TRIALS


def _joint_covariance(transition, diffusion, start):
    """Return the covariance of the states at all images of a linear system, oldest first."""
    size = len(start)
    result = np.zeros(((IMAGES + 1) * size,) * 2)
    here = start
    for k in range(IMAGES + 1):
        block = here
        for j in range(k, IMAGES + 1):
            rows, columns = slice(j * size, (j + 1) * size), slice(k * size, (k + 1) * size)
            result[rows, columns], result[columns, rows] = block, block.T
            block = transition @ block
        here = transition @ here @ transition.T + diffusion
    return result
