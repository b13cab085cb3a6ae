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

"""A GNSS position in the map frame."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import FilterError

COORDINATE_LIMIT_M = 1e7
VARIANCE_LIMIT_M2 = 1e10


@dataclass(frozen=True)
class GnssFix:
    """
    A position measured by a satellite receiver.

    The reported covariance is what the receiver claims of its white noise; the filter adds a
    correlated error of its own (:class:`xview_loc.filtering.filter_config.GnssConfig`).

    :param stamp: time of the measurement [s].
    :param x: east in ``map`` [m].
    :param y: north in ``map`` [m].
    :param covariance: ``(2, 2)`` east, north [m2]; read-only.
    :raises FilterError: when a number is not finite or the covariance is not a covariance.
    """

    stamp: float
    x: float
    y: float
    covariance: np.ndarray

    def __post_init__(self):
        """Check the numbers; a filter must never see a NaN."""
        covariance = frozen(np.array(self.covariance, dtype=np.float64))
        if covariance.shape != (2, 2):
            raise FilterError(
                f'The covariance of a fix must be (2, 2), east and north; got {covariance.shape}.')
        numbers = (self.stamp, self.x, self.y, *covariance.ravel())
        if not all(map(math.isfinite, numbers)):
            raise FilterError(f'A fix must be finite; got {numbers}.')
        if max(abs(self.x), abs(self.y)) > COORDINATE_LIMIT_M:
            raise FilterError(f'The fix ({self.x}, {self.y}) m lies outside any map frame.')
        if np.abs(covariance).max() > VARIANCE_LIMIT_M2:
            raise FilterError(
                f'The covariance {covariance.tolist()} of a fix says that it knows nothing; '
                f'entries must not exceed {VARIANCE_LIMIT_M2:.0e} m2.')
        smallest = np.linalg.eigvalsh(covariance)[0]
        if smallest < 0.0 or abs(covariance[0, 1] - covariance[1, 0]) > 1e-6 * (
                1.0 + abs(covariance[0, 1])):
            raise FilterError(
                f'The covariance {covariance.tolist()} of a fix must be symmetric and not '
                'negative.')
        object.__setattr__(self, 'covariance', covariance)
