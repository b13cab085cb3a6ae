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

"""Turn rate from speed and steering wheel angle."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import RecordingError


@dataclass(frozen=True)
class BicycleModel:
    """
    The linear single-track model in steady state.

    ``turn = v (angle - offset) / (ratio wheelbase (1 + (v / v_ch)^2))`` with the characteristic
    speed ``v_ch`` of an understeering car (Mitschke and Wallentowitz, Dynamik der Kraftfahrzeuge,
    on steady-state cornering). The defaults are those of an ordinary passenger car; the turn rate
    of a given one is then good to about 20 %.

    :param wheelbase_m: distance of the axles [m].
    :param steering_ratio: steering wheel angle per road wheel angle.
    :param characteristic_speed_mps: infinite for neutral steering [m/s].
    :param offset_deg: steering wheel angle of driving straight ahead [deg].
    :raises RecordingError: when a value is not positive.
    """

    wheelbase_m: float = 2.7
    steering_ratio: float = 15.4
    characteristic_speed_mps: float = 25.0
    offset_deg: float = 0.0

    def __post_init__(self):
        """Refuse cars that are not."""
        for name in ('wheelbase_m', 'steering_ratio', 'characteristic_speed_mps'):
            if not getattr(self, name) > 0.0:
                raise RecordingError(f'{name} is {getattr(self, name)}; it must be positive.')

    def turn_rate(self, speed_mps: np.ndarray, steering_deg: np.ndarray) -> np.ndarray:
        """
        Return turn rates, counter-clockwise [rad/s].

        :param speed_mps: ``(N,)`` forward speed [m/s].
        :param steering_deg: ``(N,)`` steering wheel angle, positive to the left [deg].
        """
        speed = np.asarray(speed_mps, dtype=np.float64)
        angle = (np.asarray(steering_deg) - self.offset_deg) * (math.pi / 180.0)
        slip = 1.0 + (speed / self.characteristic_speed_mps) ** 2
        return speed * angle / (self.steering_ratio * self.wheelbase_m * slip)
