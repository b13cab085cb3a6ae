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

"""Wheel odometry with a gyroscope: smooth, and drifting."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.drive import Drive, RATE_HZ


@dataclass(frozen=True)
class OdometryModel:
    """
    Errors of the odometry.

    :param rate_hz: of the messages [Hz].
    :param scale_error: error of the distance, as a share.
    :param scale_wander: how much it varies slowly, as a share.
    :param yaw_drift: bias of the turn rate [rad/s].
    :param turn_error: error of the turn rate, as a share.
    :param speed_noise: white noise of the speed while moving [m/s].
    :param yaw_rate_noise: white noise of the turn rate [rad/s].
    :param slip: sideways speed for each unit of lateral acceleration [s].
    """

    rate_hz: float = 50.0
    scale_error: float = 0.013
    scale_wander: float = 0.004
    yaw_drift: float = math.radians(0.06)
    turn_error: float = 0.008
    speed_noise: float = 0.03
    yaw_rate_noise: float = math.radians(0.15)
    slip: float = 0.002


@dataclass(frozen=True)
class OdometryTrack:
    """
    What the odometry says.

    :param indices: ``(M,)`` instants of the drive.
    :param poses: M poses of ``base_link`` in ``odom``, the first at its origin.
    :param twist: ``(M, 3)`` forward, left [m/s] and turn rate [rad/s] in ``base_link``.
    """

    indices: np.ndarray
    poses: tuple[Pose2, ...]
    twist: np.ndarray


def measure_odometry(drive: Drive, model: OdometryModel,
                     rng: np.random.Generator) -> OdometryTrack:
    """
    Integrate measured speed and turn rate.

    :param drive: the truth.
    :param model: errors.
    :param rng: source of randomness.
    """
    indices = drive.indices(model.rate_hz)
    count = len(indices)
    moving = np.clip(drive.speed[indices] / 0.5, 0.0, 1.0)
    signs = rng.choice([-1.0, 1.0], 3)
    wander = np.cumsum(rng.normal(0.0, model.scale_wander / math.sqrt(count), count))
    forward = drive.speed[indices] * (1.0 + signs[0] * model.scale_error + wander)
    forward = forward + moving * rng.normal(0.0, model.speed_noise, count)
    yaw_rate = drive.yaw_rate[indices] * (1.0 + signs[1] * model.turn_error)
    yaw_rate = yaw_rate + moving * (signs[2] * model.yaw_drift
                                    + rng.normal(0.0, model.yaw_rate_noise, count))
    left = -model.slip * drive.speed[indices] * drive.yaw_rate[indices]
    twist = np.column_stack([forward, left, yaw_rate])
    return OdometryTrack(indices, _integrated(twist, int(RATE_HZ / model.rate_hz) / RATE_HZ),
                         twist)


def _integrated(twist, step):
    """Add up the motion, each step with the mean of the twists at its ends and its middle yaw."""
    poses = [Pose2(0.0, 0.0, 0.0)]
    for before, after in zip(twist, twist[1:]):
        forward, left, yaw_rate = 0.5 * (before + after) * step
        last = poses[-1]
        middle = last.yaw + 0.5 * yaw_rate
        poses.append(Pose2(
            float(last.x + math.cos(middle) * forward - math.sin(middle) * left),
            float(last.y + math.sin(middle) * forward + math.cos(middle) * left),
            float(wrap_angle(last.yaw + yaw_rate))))
    return tuple(poses)
