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

"""The likelihood that a network's log-likelihoods make, with its confidence."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.modes import posterior
from xview_loc.matching.pose_likelihood import PoseLikelihood

PEAK_RADIUS_M = 3.0
PEAK_YAW = math.radians(12.0)


def network_likelihood(volume: np.ndarray, geometry: PatchGeometry, yaws: np.ndarray,
                       stamp: float, score: float, source: str) -> PoseLikelihood:
    """
    Return a likelihood whose cells sum to one, with the share near its peak as confidence.

    :param volume: ``(K, H, W)`` log-likelihoods up to a constant, NaN where unknown.
    :param geometry: place of the cells.
    :param yaws: ``(K,)`` [rad].
    :param stamp: of the measurement [s].
    :param score: peak score of the network; NaN where nothing is known.
    :param source: name of the matcher.
    """
    known = np.isfinite(volume)
    if not known.any():
        return PoseLikelihood(np.full(volume.shape, np.nan, np.float32), geometry, yaws, stamp,
                              confidence=0.0, source=source)
    values = volume[known].astype(np.float64)
    total = float(values.max() + np.log(np.exp(values - values.max()).sum()))
    likelihood = PoseLikelihood(volume - np.float32(total), geometry, yaws, stamp)
    return PoseLikelihood(likelihood.log_likelihood, geometry, yaws, stamp, score=score,
                          confidence=peak_mass(likelihood), source=source)


def peak_mass(likelihood: PoseLikelihood) -> float:
    """
    Return the share of the posterior within 3 m and 12 degrees (or one slice) of its peak.

    It is the probability that the peak is right as far as the network knows: as good as the
    calibration of its temperature, and blind to a vehicle outside of the searched volume.

    :param likelihood: with at least one known cell.
    """
    mass = posterior(likelihood)
    peak = likelihood.peak()
    x, y = likelihood.geometry.cell_centres()
    step = float(np.diff(likelihood.yaws).max()) if len(likelihood.yaws) > 1 else math.pi
    near_yaw = np.abs(wrap_angle(likelihood.yaws - peak.yaw)) <= max(PEAK_YAW, step) + 1e-9
    near = np.hypot(x - peak.x, y - peak.y) <= PEAK_RADIUS_M
    return float(np.clip(mass[near_yaw][:, near].sum(), 0.0, 1.0))
