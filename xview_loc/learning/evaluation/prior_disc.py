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

"""The tiles that a vehicle with a rough position chooses from (geo-local SAFA)."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from xview_loc.errors import LearningError


def within(centres: np.ndarray, places: np.ndarray, radius_m: float) -> list[np.ndarray]:
    """
    Return the places at most a radius from each centre, in ascending order.

    :param centres: east and north [m], (N, 2) in float64: float32 loses 0.25 m of a UTM northing.
    :param places: (M, 2) in float64.
    :param radius_m: at least 0.
    """
    if not radius_m >= 0.0:
        raise LearningError(f'radius_m is {radius_m}; it must be at least 0.')
    centres, places = _positions(centres), _positions(places)
    found = cKDTree(places).query_ball_point(centres, radius_m, return_sorted=True)
    return [np.asarray(members, dtype=np.int64) for members in found]


def noisy_fixes(truth: np.ndarray, sigma_m: float, seed: int = 0) -> np.ndarray:
    """
    Return rough positions as a receiver would give them.

    The published protocols centre the disc of a prior on the truth, so that it always contains
    the truth and "return the centre" is perfect. A disc around these positions is neither.

    :param truth: (N, 2) [m].
    :param sigma_m: standard deviation of each axis, Gaussian.
    :param seed: the same seed gives the same fixes.
    """
    if not sigma_m >= 0.0:
        raise LearningError(f'sigma_m is {sigma_m}; it must be at least 0.')
    truth = _positions(truth)
    return truth + np.random.default_rng(seed).normal(0.0, sigma_m, truth.shape)


def _positions(values: np.ndarray) -> np.ndarray:
    """Return positions in float64, refusing what has already lost its metres."""
    values = np.asarray(values)
    if values.ndim != 2 or values.shape[1] != 2:
        raise LearningError(f'positions of shape {values.shape}; they must be (N, 2).')
    if values.dtype != np.float64 and np.abs(values).max(initial=0.0) > 1e5:
        raise LearningError(
            f'positions of type {values.dtype}; UTM coordinates must be float64.')
    return values.astype(np.float64)
