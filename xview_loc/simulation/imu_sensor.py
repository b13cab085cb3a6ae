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

"""An inertial unit that reports attitude, turn rates and specific force."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.geometry.mounted_camera import level_rotation
from xview_loc.simulation.drive import Drive, RATE_HZ

GRAVITY = 9.81


@dataclass(frozen=True)
class ImuModel:
    """
    Errors of the inertial unit.

    :param rate_hz: of the messages [Hz].
    :param attitude_noise: white noise of roll and pitch [rad].
    :param attitude_bias: standard deviation of their constant errors [rad].
    :param rate_noise: white noise of the turn rates [rad/s].
    :param force_noise: white noise of the specific force [m/s^2].
    """

    rate_hz: float = 50.0
    attitude_noise: float = math.radians(0.05)
    attitude_bias: float = math.radians(0.05)
    rate_noise: float = math.radians(0.1)
    force_noise: float = 0.05


@dataclass(frozen=True)
class ImuTrack:
    """
    What the inertial unit measured.

    :param indices: ``(M,)`` instants of the drive.
    :param attitude: ``(M, 3)`` roll, pitch (positive nose down) and yaw since the start [rad].
    :param angular_velocity: ``(M, 3)`` about x, y, z of ``base_link`` [rad/s].
    :param linear_acceleration: ``(M, 3)`` specific force in ``base_link`` [m/s^2].
    """

    indices: np.ndarray
    attitude: np.ndarray
    angular_velocity: np.ndarray
    linear_acceleration: np.ndarray


def measure_imu(drive: Drive, model: ImuModel, rng: np.random.Generator) -> ImuTrack:
    """
    Measure attitude and motion of the body.

    :param drive: the truth.
    :param model: errors.
    :param rng: source of randomness.
    """
    indices = drive.indices(model.rate_hz)
    count = len(indices)
    biases = rng.normal(0.0, model.attitude_bias, 2)
    level = np.column_stack([drive.roll, drive.pitch])[indices]
    level = level + biases + rng.normal(0.0, model.attitude_noise, (count, 2))
    yaw = drive.pose[indices, 2] - drive.pose[0, 2]
    rates = np.column_stack([
        np.gradient(drive.roll, 1.0 / RATE_HZ)[indices],
        np.gradient(drive.pitch, 1.0 / RATE_HZ)[indices],
        drive.yaw_rate[indices]])
    forces = np.array([_specific_force(drive, k) for k in indices])
    return ImuTrack(indices, np.column_stack([level, yaw]),
                    rates + rng.normal(0.0, model.rate_noise, rates.shape),
                    forces + rng.normal(0.0, model.force_noise, forces.shape))


def _specific_force(drive, index):
    """Return acceleration minus gravity in ``base_link``."""
    level = np.array([drive.acceleration[index], drive.speed[index] * drive.yaw_rate[index],
                      GRAVITY])
    return level_rotation(drive.roll[index], drive.pitch[index]).T @ level
