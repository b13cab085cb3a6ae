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

"""True paths: speed and yaw rate over time, integrated."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2

STEP_S = 0.05


@dataclass(frozen=True)
class Route:
    """
    A true path, sampled every 0.05 s from stamp 0.

    :param poses: ``(N, 3)`` x, y, yaw of ``base_link`` in the true ``map``.
    :param speed: ``(N,)`` signed [m/s].
    :param yaw_rate: ``(N,)`` [rad/s].
    """

    poses: np.ndarray
    speed: np.ndarray
    yaw_rate: np.ndarray

    @property
    def distance(self) -> np.ndarray:
        """Return ``(N,)`` travelled distance [m]."""
        return np.concatenate([[0.0], np.cumsum(np.abs(self.speed[1:]) * STEP_S)])

    def pose(self, index: int) -> Pose2:
        """Return the pose of a sample."""
        x, y, yaw = self.poses[index]
        return Pose2(float(x), float(y), float(yaw))


def integrated(speed: np.ndarray, yaw_rate: np.ndarray, start: Pose2) -> Route:
    """
    Integrate speed and yaw rate (midpoint rule, error below 1 mm per step at 1 rad/s, 25 m/s).

    :param speed: ``(N,)`` [m/s]; sample ``k`` acts between ``k - 1`` and ``k``.
    :param yaw_rate: ``(N,)`` [rad/s].
    :param start: pose of the first sample.
    """
    turn = np.concatenate([[0.0], yaw_rate[1:] * STEP_S])
    yaw = start.yaw + np.cumsum(turn)
    middle = yaw - 0.5 * turn
    step = np.concatenate([[0.0], speed[1:] * STEP_S])
    poses = np.stack([start.x + np.cumsum(step * np.cos(middle)),
                      start.y + np.cumsum(step * np.sin(middle)), wrap_angle(yaw)], axis=1)
    return Route(poses, speed, yaw_rate)


def make_route(kind: str, duration_s: float, generator: np.random.Generator) -> Route:
    """
    Drive a route of a kind.

    :param kind: ``urban``, ``highway``, ``roundabout``, ``rural`` or ``parking``.
    :param duration_s: [s].
    :param generator: source of random numbers.
    """
    count = int(round(duration_s / STEP_S)) + 1
    speed, yaw_rate = _PROFILES[kind](count, generator)
    east, north = generator.uniform(-500.0, 500.0, 2)
    start = Pose2(float(east), float(north), generator.uniform(-math.pi, math.pi))
    return integrated(_smooth(speed[:count]), yaw_rate[:count], start)


def _smooth(speed):
    """Limit the change of speed to 3 m/s2."""
    result = speed.copy()
    for k in range(1, len(result)):
        change = result[k] - result[k - 1]
        result[k] = result[k - 1] + min(max(change, -3.0 * STEP_S), 3.0 * STEP_S)
    return result


def _urban(count, generator):
    """Straight blocks, right-angled turns, some stops."""
    speed, yaw_rate = [], []
    while len(speed) < count:
        block = int(generator.uniform(40.0, 110.0) / 9.0 / STEP_S)
        speed += [9.0] * block
        yaw_rate += [0.0] * block
        if generator.random() < 0.3:
            halt = int(generator.uniform(2.0, 8.0) / STEP_S)
            speed += [0.0] * halt
            yaw_rate += [0.0] * halt
        turn_steps = int(0.5 * math.pi * 9.0 / 4.5 / STEP_S)
        speed += [4.5] * turn_steps
        sign = generator.choice([-1.0, 0.0, 1.0], p=[0.4, 0.2, 0.4])
        yaw_rate += [sign * 0.5 * math.pi / (turn_steps * STEP_S)] * turn_steps
    speed, yaw_rate = np.array(speed), np.array(yaw_rate)
    return speed, np.where(_smooth(speed[:len(yaw_rate)]) > 0.3, yaw_rate, 0.0)


def _highway(count, generator):
    """Carry on at 25 m/s through wide curves."""
    phase = generator.uniform(0.0, 2.0 * math.pi)
    time = np.arange(count) * STEP_S
    return np.full(count, 25.0), 0.012 * np.sin(0.1 * time + phase)


def _roundabout(count, generator):
    """Run straight, go round once or more, leave."""
    speed, yaw_rate = [], []
    while len(speed) < count:
        approach = int(generator.uniform(30.0, 60.0) / 8.0 / STEP_S)
        speed += [8.0] * approach
        yaw_rate += [0.0] * approach
        around = int(generator.uniform(0.5, 1.8) * 2.0 * math.pi * 15.0 / 6.0 / STEP_S)
        speed += [6.0] * around
        yaw_rate += [6.0 / 15.0] * around
    return np.array(speed), np.array(yaw_rate)


def _rural(count, generator):
    """Wind along at 15 m/s."""
    noise = generator.standard_normal(count)
    rate = np.zeros(count)
    for k in range(1, count):
        rate[k] = rate[k - 1] * (1.0 - STEP_S / 4.0) + 0.06 * math.sqrt(2.0 * STEP_S / 4.0) * (
            noise[k])
    return np.full(count, 15.0), rate


def _parking(count, generator):
    """Creep forward and back with the wheel hard over."""
    speed, yaw_rate = [], []
    while len(speed) < count:
        steps = int(generator.uniform(3.0, 9.0) / STEP_S)
        move = generator.choice([2.0, -1.5, 0.0], p=[0.5, 0.35, 0.15])
        speed += [move] * steps
        yaw_rate += [move * generator.uniform(-0.2, 0.2)] * steps
    return np.array(speed), np.array(yaw_rate)


_PROFILES = {'urban': _urban, 'highway': _highway, 'roundabout': _roundabout, 'rural': _rural,
             'parking': _parking}
