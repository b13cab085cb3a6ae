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

"""Errors added to a true position so that it reads like a receiver."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import RecordingError


@dataclass(frozen=True)
class GnssError:
    """
    White noise and a constant bias of a fix.

    :param noise_m: standard deviation in east and in north, independent from fix to fix [m].
    :param bias_m: length of a constant horizontal offset, in a direction drawn from the seed [m].
    :param seed: of the noise and of the direction.
    :raises RecordingError: when a length is negative or not finite.
    """

    noise_m: float = 0.0
    bias_m: float = 0.0
    seed: int = 0

    def __post_init__(self):
        """Refuse lengths that are not."""
        for name, value in (('noise', self.noise_m), ('bias', self.bias_m)):
            if not (math.isfinite(value) and value >= 0.0):
                raise RecordingError(f'The GNSS {name} is {value} m; it must be at least 0.')

    def draw(self, count: int) -> np.ndarray:
        """
        Return the errors of consecutive fixes.

        :param count: number of fixes.
        :return: ``(count, 2)`` east and north [m].
        """
        generator = np.random.default_rng(self.seed)
        direction = generator.uniform(-math.pi, math.pi)
        bias = self.bias_m * np.array([math.cos(direction), math.sin(direction)])
        return bias + self.noise_m * generator.standard_normal((count, 2))

    def variance(self, accuracy_m: float) -> float:
        """
        Return the variance per axis that a receiver would report.

        A bias counts as spread, because a receiver does not know its direction.

        :param accuracy_m: standard deviation of the position the errors are added to [m].
        """
        return accuracy_m ** 2 + self.noise_m ** 2 + 0.5 * self.bias_m ** 2
