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

"""How the vehicle moves: speed along the route, and the lean of its body."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.errors import ConfigurationError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.polyline import Polyline

RATE_HZ = 100
STEP_M = 0.25


@dataclass(frozen=True)
class Motion:
    """
    How a vehicle is driven.

    :param duration_s: length of the drive [s].
    :param top_speed: on straight road [m/s].
    :param first_speed: at the start [m/s].
    :param lateral_limit: greatest acceleration in bends [m/s^2].
    :param throttle: greatest acceleration [m/s^2].
    :param brake: greatest deceleration [m/s^2].
    :param stops: arc lengths along the route at which it halts [m].
    :param halt_s: how long it stands there [s].
    :raises ConfigurationError: when a value is not positive.
    """

    duration_s: float = 60.0
    top_speed: float = 14.0
    first_speed: float = 6.0
    lateral_limit: float = 2.2
    throttle: float = 1.7
    brake: float = 2.4
    stops: tuple[float, ...] = ()
    halt_s: float = 4.0

    def __post_init__(self):
        """Refuse what cannot be driven."""
        if not all(0.0 < value < math.inf for value in (
                self.duration_s, self.top_speed, self.lateral_limit, self.throttle, self.brake)):
            raise ConfigurationError(
                'Duration, top speed and acceleration limits of a drive must be positive numbers; '
                f'got {self}.')


@dataclass(frozen=True)
class Drive:
    """
    True motion at ``RATE_HZ``, from time 0.

    :param pose: ``(N, 3)`` x, y, yaw (not wrapped) of ``base_link`` in ``map``.
    :param speed: ``(N,)`` forward [m/s].
    :param yaw_rate: ``(N,)`` [rad/s].
    :param acceleration: ``(N,)`` forward [m/s^2].
    :param roll: ``(N,)`` of the body [rad].
    :param pitch: ``(N,)`` of the body, positive nose down [rad].
    """

    pose: np.ndarray
    speed: np.ndarray
    yaw_rate: np.ndarray
    acceleration: np.ndarray
    roll: np.ndarray
    pitch: np.ndarray

    def __len__(self) -> int:
        """Return the number of instants."""
        return len(self.pose)

    def indices(self, rate_hz: float) -> np.ndarray:
        """
        Return the instants at which a sensor measures.

        :param rate_hz: a divisor of ``RATE_HZ``.
        :raises ConfigurationError: when it is not one.
        """
        step = RATE_HZ / rate_hz
        if abs(step - round(step)) > 1e-9 or step < 1.0:
            raise ConfigurationError(
                f'A sensor rate is {rate_hz} Hz; it must divide {RATE_HZ} Hz.')
        return np.arange(0, len(self), int(round(step)))

    def pose_at(self, index: int) -> Pose2:
        """Return the pose at an instant."""
        x, y, yaw = (float(value) for value in self.pose[index])
        return Pose2(x, y, yaw)


def plan_drive(route: Polyline, motion: Motion, rng: np.random.Generator) -> Drive:
    """
    Drive a route.

    :param route: path of ``base_link``.
    :param motion: limits and stops.
    :param rng: source of randomness for the unevenness of the road.
    :raises ConfigurationError: when the route is too short for the duration.
    """
    stations = _stations(route, motion)
    if stations[-1] > route.length - 1.0:
        raise ConfigurationError(
            f'The route is {route.length:.0f} m long; {motion.duration_s} s of driving need '
            'more.')
    speed = np.gradient(stations, 1.0 / RATE_HZ)
    points = route.at(stations)
    yaw = route.yaw_at(stations)
    yaw_rate = _smooth(np.gradient(yaw, 1.0 / RATE_HZ), 0.05)
    acceleration = _smooth(np.gradient(speed, 1.0 / RATE_HZ), 0.05)
    moving = np.clip(speed / 3.0, 0.0, 1.0)
    roll = _sprung(0.0065 * speed * yaw_rate) + moving * _unevenness(len(speed), 0.003, rng)
    pitch = _sprung(-0.0070 * acceleration) + moving * _unevenness(len(speed), 0.0025, rng)
    return Drive(np.column_stack([points, yaw]), speed, yaw_rate, acceleration, roll, pitch)


def _stations(route, motion):
    """Return the arc length at each instant under the limits."""
    grid = np.arange(0.0, route.length, STEP_M)
    curvature = np.abs(_smooth_over(np.gradient(route.yaw_at(grid), STEP_M), 2.0 / STEP_M))
    limit = np.minimum(motion.top_speed,
                       np.sqrt(motion.lateral_limit / np.maximum(curvature, 1e-6)))
    for stop in motion.stops:
        limit[np.abs(grid - stop) < STEP_M] = 0.0
    limit[0] = min(limit[0], motion.first_speed)
    for k in range(1, len(limit)):
        limit[k] = min(limit[k], math.sqrt(limit[k - 1] ** 2 + 2 * motion.throttle * STEP_M))
    for k in range(len(limit) - 2, -1, -1):
        limit[k] = min(limit[k], math.sqrt(limit[k + 1] ** 2 + 2 * motion.brake * STEP_M))
    mean = np.maximum(0.5 * (limit[1:] + limit[:-1]), 0.05)
    times = np.concatenate([[0.0], np.cumsum(STEP_M / mean)])
    for stop in sorted(motion.stops):
        times[grid > stop + STEP_M] += motion.halt_s
    wanted = np.arange(int(round(motion.duration_s * RATE_HZ)) + 1) / RATE_HZ
    return _smooth(np.interp(wanted, times, grid), 0.25)


def _smooth(values, sigma_s):
    """Smooth over time, ends continued in a straight line."""
    return _smooth_over(values, sigma_s * RATE_HZ)


def _smooth_over(values, sigma):
    margin = int(math.ceil(4.0 * sigma))
    head = 2.0 * values[0] - values[margin:0:-1]
    tail = 2.0 * values[-1] - values[-2:-margin - 2:-1]
    kernel = cv2.getGaussianKernel(2 * margin + 1, sigma)[:, 0]
    return np.convolve(np.concatenate([head, values, tail]), kernel, mode='valid')


def _sprung(target):
    """Follow a target like a body on springs: 1.3 Hz, damping ratio 0.4."""
    omega, damping, step = 2.0 * np.pi * 1.3, 0.4, 1.0 / RATE_HZ
    state, rate = float(target[0]), 0.0
    result = np.empty(len(target))
    for k, wanted in enumerate(target):
        rate += step * (omega ** 2 * (wanted - state) - 2.0 * damping * omega * rate)
        state += step * rate
        result[k] = state
    return result


def _unevenness(count, sigma, rng):
    """Return a correlated wobble of some standard deviation [rad]."""
    kernel = cv2.getGaussianKernel(81, 12.0)[:, 0]
    noise = np.convolve(rng.standard_normal(count + 80), kernel, mode='valid')
    return sigma * noise / np.sqrt((kernel ** 2).sum())
