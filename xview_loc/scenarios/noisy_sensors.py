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

"""What odometry and GNSS make of a true path."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.scenarios.route import Route, STEP_S
from xview_loc.scenarios.scenario import Scenario, within

SCALE_STD = 0.02
DRIFT_STD = math.radians(0.015)
FORWARD_PER_SQRT_M = 0.03
SIDEWAYS_PER_SQRT_M = 0.02
YAW_PER_SQRT_M = math.radians(0.1)
FIX_STEPS = 20
GNSS_TIME_S = 600.0
MULTIPATH_TIME_S = 15.0


def body_increments(poses: np.ndarray) -> np.ndarray:
    """
    Return each step in the frame half a turn between its ends.

    :param poses: ``(N, 3)`` x, y, yaw.
    :return: ``(N, 3)`` forward, left [m] and turn [rad]; the first row is zero.
    """
    result = np.zeros_like(poses)
    east, north = np.diff(poses[:, :2], axis=0).T
    turn = wrap_angle(np.diff(poses[:, 2]))
    middle = poses[:-1, 2] + 0.5 * turn
    result[1:, 0] = np.cos(middle) * east + np.sin(middle) * north
    result[1:, 1] = np.cos(middle) * north - np.sin(middle) * east
    result[1:, 2] = turn
    return result


def drifting_odometry(increments: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """
    Integrate noisy increments with a steady scale error and a steady drift.

    :param increments: ``(N, 3)`` of :func:`body_increments`.
    :param generator: source of random numbers.
    :return: ``(N, 3)`` x, y, yaw in ``odom``.
    """
    forward, sideways, turn = increments.T
    distance = np.hypot(forward, sideways)
    root = np.sqrt(distance)
    scale, drift = generator.normal(0.0, SCALE_STD), generator.normal(0.0, DRIFT_STD)
    noise = generator.standard_normal((3, len(increments)))
    forward = forward * (1.0 + scale) + FORWARD_PER_SQRT_M * root * noise[0]
    sideways = sideways * (1.0 + scale) + SIDEWAYS_PER_SQRT_M * root * noise[1]
    turn = turn + drift * distance + YAW_PER_SQRT_M * root * noise[2]
    yaw = np.cumsum(turn)
    middle = yaw - 0.5 * turn
    x = np.cumsum(np.cos(middle) * forward - np.sin(middle) * sideways)
    y = np.cumsum(np.sin(middle) * forward + np.cos(middle) * sideways)
    return np.stack([x, y, wrap_angle(yaw)], axis=1)


def make_fixes(scenario: Scenario, route: Route, generator: np.random.Generator
               ) -> tuple[tuple[tuple[float, GnssFix], ...], np.ndarray]:
    """
    Measure positions once a second.

    :param scenario: errors, outages, forgery and latency.
    :param route: the truth.
    :param generator: source of random numbers.
    :return: fixes with the stamps at which they arrive, in the order of arrival, and the slow
        error ``(N, 2)`` at every sample [m].
    """
    bias = generator.normal(0.0, scenario.gnss_bias_m, 2)
    multipath = generator.normal(0.0, scenario.gnss_multipath_m, 2)
    covariance = scenario.gnss_std_m ** 2 * np.eye(2)
    interval = FIX_STEPS * STEP_S
    spoof_direction = generator.uniform(-math.pi, math.pi)
    forged = np.array([math.cos(spoof_direction), math.sin(spoof_direction)])
    result, biases = [], np.zeros((len(route.poses), 2))
    for index in range(0, len(route.poses), FIX_STEPS):
        stamp = index * STEP_S
        biases[index:] = bias
        bias = _next(bias, scenario.gnss_bias_m, interval / GNSS_TIME_S, generator)
        multipath = _next(
            multipath, scenario.gnss_multipath_m, interval / MULTIPATH_TIME_S, generator)
        position = (route.poses[index, :2] + bias + multipath
                    + generator.normal(0.0, scenario.gnss_std_m, 2))
        if scenario.spoof is not None and within(stamp, (scenario.spoof,)):
            position = position + forged * scenario.spoof_speed * (stamp - scenario.spoof[0])
        latency = arrival_latency(scenario, generator) if index else 0.0
        if latency is None or within(stamp, scenario.gnss_outages):
            continue
        fix = GnssFix(stamp, float(position[0]), float(position[1]), covariance)
        result.append((stamp + latency, fix))
    return tuple(sorted(result, key=lambda pair: pair[0])), biases


def _next(value, std, ratio, generator):
    keep = math.exp(-ratio)
    return keep * value + math.sqrt(1.0 - keep * keep) * generator.normal(0.0, std, 2)


def arrival_latency(scenario: Scenario, generator: np.random.Generator) -> float | None:
    """Return how late a measurement arrives [s]; ``None`` if never."""
    drop, late = generator.random(2)
    return None if drop < scenario.drop_share else scenario.latency_s * float(late)
