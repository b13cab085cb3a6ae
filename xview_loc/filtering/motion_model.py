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

"""Move particles by what the odometry says, and by what it does not say."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief, Row
from xview_loc.filtering.filter_config import MotionNoise
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.turn import wrapped
from xview_loc.geometry.pose2 import Pose2


@dataclass(frozen=True)
class Motion:
    """
    One step of the odometry.

    :param increment: pose at the end in the frame of ``base_link`` at the start; ``None`` where
        the odometry is silent.
    :param duration: [s], not negative.
    """

    increment: Pose2 | None
    duration: float

    @property
    def distance(self) -> float:
        """Return the length of the chord [m]; 0 where the odometry is silent."""
        return 0.0 if self.increment is None else math.hypot(self.increment.x, self.increment.y)

    @property
    def turn(self) -> float:
        """Return the absolute turned angle [rad]; 0 where the odometry is silent."""
        return 0.0 if self.increment is None else abs(self.increment.yaw)


class MotionModel:
    """
    Samples motion: white noise that grows with distance, turn and time, and persistent errors.

    The variance of the noise is proportional to distance and time, so that the result does not
    depend on how a path is cut into steps. Scale and yaw drift are first-order Gauss-Markov
    processes over distance, sampled per particle: a real odometer errs by a steady percentage,
    which white noise cannot imitate.

    :param noise: error model of the odometry.
    :param gnss_error: moves the GNSS errors in time.
    """

    def __init__(self, noise: MotionNoise, gnss_error: GnssErrorModel):
        """Keep the settings."""
        self._noise = noise
        self._gnss_error = gnss_error

    def predict(self, belief: Belief, motion: Motion, generator: np.random.Generator) -> Belief:
        """
        Move a belief by one step.

        :param belief: where the vehicle was.
        :param motion: what the odometry measured since.
        :param generator: source of ``(5, N)`` normal numbers.
        """
        states = belief.states.copy()
        normals = generator.standard_normal((5, belief.count))
        if motion.increment is None:
            self._diffuse(states, motion.duration, normals)
        else:
            self._follow(states, motion, normals)
        gnss_covariance = self._gnss_error.predict(
            states, belief.gnss_covariance, motion.duration)
        return replace(
            belief, stamp=belief.stamp + motion.duration, states=states,
            gnss_covariance=gnss_covariance, odometer=belief.odometer + motion.distance,
            turned=belief.turned + motion.turn)

    def _follow(self, states, motion, normals):
        noise, distance = self._noise, motion.distance
        still = noise.position_per_sqrt_s ** 2 * motion.duration
        forward_std = math.sqrt(noise.forward_per_sqrt_m ** 2 * distance + still)
        sideways_std = math.sqrt(noise.sideways_per_sqrt_m ** 2 * distance + still)
        yaw_std = math.sqrt(
            noise.yaw_per_sqrt_m ** 2 * distance + noise.yaw_per_turn ** 2 * motion.turn
            + noise.yaw_per_sqrt_s ** 2 * motion.duration)
        turn_noise = states[Row.DRIFT] * distance + yaw_std * normals[2]
        stretch = 1.0 + states[Row.SCALE]
        # Half of the yaw error of a step acts on its own displacement.
        yaw = states[Row.YAW] + 0.5 * turn_noise
        direction = math.atan2(motion.increment.y, motion.increment.x) if distance > 0.0 else 0.0
        along = distance * stretch + forward_std * normals[0]
        across = sideways_std * normals[1]
        cosine, sine = np.cos(yaw + direction), np.sin(yaw + direction)
        states[Row.X] += cosine * along - sine * across
        states[Row.Y] += sine * along + cosine * across
        states[Row.YAW] = wrapped(states[Row.YAW] + motion.increment.yaw + turn_noise)
        keep = math.exp(-distance / noise.persistence_m)
        fresh = math.sqrt(1.0 - keep * keep)
        states[Row.SCALE] = keep * states[Row.SCALE] + fresh * noise.scale * normals[3]
        states[Row.DRIFT] = keep * states[Row.DRIFT] + fresh * noise.drift * normals[4]

    def _diffuse(self, states, duration, normals):
        root = math.sqrt(duration)
        states[Row.X] += self._noise.unknown_speed * root * normals[0]
        states[Row.Y] += self._noise.unknown_speed * root * normals[1]
        states[Row.YAW] = wrapped(
            states[Row.YAW] + self._noise.unknown_turn * root * normals[2])

    def propagated(self, pose: Pose2, covariance: np.ndarray, motion: Motion
                   ) -> tuple[Pose2, np.ndarray]:
        """
        Move a Gaussian: the linearised counterpart of :meth:`predict`, for look-ahead.

        :param pose: mean.
        :param covariance: ``(3, 3)`` over x, y, yaw.
        :param motion: step, short enough for its yaw error to stay small.
        :return: mean and covariance afterwards.
        """
        noise, duration = self._noise, motion.duration
        if motion.increment is None:
            spread = np.array([noise.unknown_speed, noise.unknown_speed, noise.unknown_turn])
            return pose, covariance + np.diag(spread ** 2 * duration)
        moved = pose @ motion.increment
        distance, still = motion.distance, noise.position_per_sqrt_s ** 2 * duration
        step_x, step_y = moved.x - pose.x, moved.y - pose.y
        jacobian = np.array([[1.0, 0.0, -step_y], [0.0, 1.0, step_x], [0.0, 0.0, 1.0]])
        direction = math.atan2(step_y, step_x) if distance > 0.0 else 0.0
        cosine, sine = math.cos(direction), math.sin(direction)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        along = noise.forward_per_sqrt_m ** 2 * distance + (noise.scale * distance) ** 2 + still
        across = noise.sideways_per_sqrt_m ** 2 * distance + still
        result = jacobian @ covariance @ jacobian.T
        result[:2, :2] += turn @ np.diag([along, across]) @ turn.T
        result[2, 2] += (noise.yaw_per_sqrt_m ** 2 * distance + (noise.drift * distance) ** 2
                         + noise.yaw_per_turn ** 2 * motion.turn
                         + noise.yaw_per_sqrt_s ** 2 * duration)
        return moved, 0.5 * (result + result.T)
