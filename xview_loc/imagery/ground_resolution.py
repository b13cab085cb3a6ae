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

"""The size of a source pixel on the ground."""

from __future__ import annotations

from collections.abc import Callable
import math

import numpy as np

_SEMI_MAJOR_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694_379_990_141e-3
_STEP_DEG = 1e-5


def ground_resolution(pixel_from_geodetic: Callable, latitude_deg: float,
                      longitude_deg: float) -> float:
    """
    Return the side of a square as large on the ground as a source pixel.

    The derivative is a central difference over about 2 m, so its error is below 1e-6 of the
    value for any map projection.

    :param pixel_from_geodetic: rows and columns of latitudes and longitudes in degrees.
    :param latitude_deg: place, degrees.
    :param longitude_deg: place, degrees.
    :return: metres per pixel, not finite where the projection does not reach.
    """
    sign = np.array([1.0, -1.0, 0.0, 0.0])
    rows, columns = pixel_from_geodetic(latitude_deg + _STEP_DEG * sign,
                                        longitude_deg + _STEP_DEG * sign[[2, 3, 0, 1]])
    sine = math.sin(math.radians(latitude_deg))
    shrink = 1.0 - _ECCENTRICITY_SQUARED * sine * sine
    north_m = math.radians(2 * _STEP_DEG) * _SEMI_MAJOR_M * (
        1.0 - _ECCENTRICITY_SQUARED) / shrink ** 1.5
    east_m = math.radians(2 * _STEP_DEG) * _SEMI_MAJOR_M / math.sqrt(shrink) * math.cos(
        math.radians(latitude_deg))
    with np.errstate(invalid='ignore'):
        area = abs((rows[0] - rows[1]) * (columns[2] - columns[3])
                   - (rows[2] - rows[3]) * (columns[0] - columns[1]))
    return math.sqrt(north_m * east_m / area) if area > 0.0 else math.nan
