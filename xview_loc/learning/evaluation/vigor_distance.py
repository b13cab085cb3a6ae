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

"""VIGOR's errors in metres, on its own sphere."""

from __future__ import annotations

import numpy as np

RADIUS_M = 6_371_004.0
THRESHOLDS_M = tuple(1.1 ** (index / 5) for index in range(250))


def great_circle_m(first_deg: np.ndarray, second_deg: np.ndarray) -> np.ndarray:
    """
    Return the distance of places on the sphere that VIGOR's authors use.

    By the haversine, which keeps its digits at small distances; the published code's arc cosine
    loses them below a metre.

    :param first_deg: latitude and longitude, (..., 2).
    :param second_deg: latitude and longitude, (..., 2).
    """
    first, second = np.radians(np.asarray(first_deg)), np.radians(np.asarray(second_deg))
    half = (second - first) / 2.0
    squared = (np.sin(half[..., 0]) ** 2
               + np.cos(first[..., 0]) * np.cos(second[..., 0]) * np.sin(half[..., 1]) ** 2)
    return 2.0 * RADIUS_M * np.arcsin(np.sqrt(squared))


def accuracy_curve(errors_m: np.ndarray) -> list[tuple[float, float]]:
    """
    Return the share of errors at most each threshold of the published curve.

    :param errors_m: (N,).
    :return: threshold [m] and share.
    """
    ordered = np.sort(np.asarray(errors_m))
    shares = np.searchsorted(ordered, THRESHOLDS_M, side='right') / len(ordered)
    return list(zip(THRESHOLDS_M, shares.tolist()))
