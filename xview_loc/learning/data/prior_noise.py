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

"""Errors of the prior pose, drawn with a seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
import math

import numpy as np

from xview_loc.errors import DataSetError


@unique
class ShiftKind(Enum):
    """
    How a shift is distributed.

    ``BOX``: each axis uniform within +-size (KITTI with pose noise, CCVPE). ``RADIUS``: any
    direction, the distance uniform in [0, size), so dense in the middle (CVML on RobotCar).
    ``GAUSSIAN``: each axis normal with standard deviation size (a satellite fix).
    """

    BOX = 'box'
    RADIUS = 'radius'
    GAUSSIAN = 'gaussian'


@dataclass(frozen=True)
class PriorNoise:
    """
    How wrong a prior may be.

    :param size_m: of the shift, see :class:`ShiftKind` [m].
    :param kind: its distribution.
    :param turn: largest error of the heading, uniform within +-turn [rad].
    :raises DataSetError: when a size is negative or not finite.
    """

    size_m: float
    kind: ShiftKind = ShiftKind.BOX
    turn: float = 0.0

    def __post_init__(self) -> None:
        """Refuse sizes that are none."""
        for name in ('size_m', 'turn'):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise DataSetError(f'{name} of the prior is {value}; it must be at least 0.')

    def draw(self, rng: np.random.Generator) -> tuple[float, float, float]:
        """
        Draw one error.

        :return: two shifts along perpendicular axes [m] and a turn [rad].
        """
        first, second, turn = self.draw_many(1, rng)[0].tolist()
        return first, second, turn

    def draw_many(self, count: int, rng: np.random.Generator | int) -> np.ndarray:
        """
        Draw several errors.

        :param count: how many.
        :param rng: a generator, or a seed: the same seed gives the same errors.
        :return: ``(count, 3)`` float64: two shifts [m] and a turn [rad].
        """
        rng = np.random.default_rng(rng)
        uniform = rng.uniform(-1.0, 1.0, (count, 3))
        shifts = uniform[:, :2] * self.size_m
        if self.kind is ShiftKind.RADIUS:
            distance, angle = np.abs(uniform[:, 0]) * self.size_m, uniform[:, 1] * np.pi
            shifts = np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)
        elif self.kind is ShiftKind.GAUSSIAN:
            shifts = rng.standard_normal((count, 2)) * self.size_m
        return np.concatenate([shifts, uniform[:, 2:] * self.turn], axis=1)
