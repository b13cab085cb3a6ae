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

"""Sensor values to 8 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.errors import ImageryError


@dataclass(frozen=True)
class Stretch:
    """
    How values that are not 8 bit become 8 bit: linearly between a dark and a bright value.

    Fixed values win over percentiles; percentiles are taken once per band over the whole raster
    (from a reduced view of at most 1024 x 1024 pixels), so that all patches agree.

    :param low: value that becomes 0, or ``None`` for the lower percentile.
    :param high: value that becomes 255, or ``None`` for the upper percentile.
    :param percentiles: lower and upper percentile.
    :raises ImageryError: when the values are not in order.
    """

    low: float | None = None
    high: float | None = None
    percentiles: tuple[float, float] = (1.0, 99.0)

    def __post_init__(self):
        """Refuse limits that are not in order."""
        lower, upper = self.percentiles
        if not 0.0 <= lower < upper <= 100.0:
            raise ImageryError(f'The percentiles {lower} and {upper} must be in order and '
                               'between 0 and 100.')
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ImageryError(
                f'The stretch from {self.low} to {self.high} is empty; low must be below high.')

    def limits(self, values: np.ndarray) -> tuple[float, float]:
        """
        Return the dark and bright value of a band.

        :param values: ``(N,)`` valid values of the reduced view.
        :return: two values, the second at least a little larger.
        """
        values = values[np.isfinite(values)]
        if values.size:
            lower, upper = np.percentile(values, self.percentiles)
        else:
            lower, upper = 0.0, 1.0
        low = float(lower) if self.low is None else self.low
        high = float(upper) if self.high is None else self.high
        # A band without contrast (water, no data) becomes black rather than a division by zero.
        return low, high if high > low else low + 1.0


def apply_stretch(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """
    Map a band to 8 bits, rounded to the nearest and cut off at both ends.

    :param values: any shape and numeric type; what is not finite becomes 0.
    :param limits: the values that become 0 and 255.
    :return: the same shape, uint8.
    """
    low, high = limits
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low))
    return np.clip(np.nan_to_num(np.rint(scaled), nan=0.0, posinf=255.0, neginf=0.0),
                   0.0, 255.0).astype(np.uint8)
