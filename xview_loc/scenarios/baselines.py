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

"""The methods to beat, run in the same drives."""

from __future__ import annotations

from dataclasses import replace
import math
from typing import Callable

import numpy as np

from xview_loc.filtering.filter_config import (
    FilterConfig, GnssConfig, HealthConfig, LikelihoodConfig)
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.method import Method, MethodEstimate, ParticleMethod
from xview_loc.scenarios.peak_ekf import PeakEkf

OURS = 'xview_loc'
COURSE_BASE_M = 3.0
FIXED_COVARIANCE = np.diag([0.5 ** 2, 0.5 ** 2, math.radians(2.0) ** 2])
NEGLIGIBLE = 1e-9
UNKNOWN_YAW_VARIANCE = math.pi ** 2 / 3.0


class GnssOnly:
    """The latest fix, carried on by the odometer; the course between fixes is the yaw."""

    uses_images = False
    looks_back = False

    def __init__(self):
        """Start without a fix."""
        self._fix: GnssFix | None = None
        self._base: GnssFix | None = None
        self._yaw: float | None = None
        self._odometry: Pose2 | None = None
        self._odometry_at_fix: Pose2 | None = None

    def add_odometry(self, stamp: float, pose: Pose2) -> None:
        """Take a pose of ``base_link`` in ``odom``."""
        self._odometry = pose

    def add_likelihood(self, likelihood: PoseLikelihood) -> None:
        """Ignore images."""

    def update(self, now: float) -> None:
        """Do nothing."""

    def add_fix(self, fix: GnssFix) -> None:
        """Take a fix, unless a newer one is known."""
        if self._fix is not None and fix.stamp < self._fix.stamp:
            return
        self._fix, self._base = fix, self._base or fix
        self._odometry_at_fix = self._odometry
        east, north = fix.x - self._base.x, fix.y - self._base.y
        if math.hypot(east, north) > COURSE_BASE_M:
            self._yaw, self._base = math.atan2(north, east), fix

    def predict(self, stamp: float) -> MethodEstimate | None:
        """Return the latest fix, moved by the odometry since."""
        if self._fix is None:
            return None
        covariance = np.zeros((3, 3))
        covariance[:2, :2] = self._fix.covariance
        covariance[2, 2] = UNKNOWN_YAW_VARIANCE if self._yaw is None else (
            2.0 * self._fix.covariance[0, 0] / COURSE_BASE_M ** 2)
        pose = Pose2(self._fix.x, self._fix.y, self._yaw or 0.0)
        if self._odometry is not None and self._odometry_at_fix is not None:
            pose = pose @ self._odometry_at_fix.between(self._odometry)
        return MethodEstimate(pose, covariance)


def amcl_style(config: FilterConfig) -> FilterConfig:
    """
    Return the settings of an AMCL-style filter: no floor, no decorrelation, recovery off.

    GNSS errors count as white, as in every localizer that takes a fix by its covariance.

    :param config: settings to start from.
    """
    return replace(
        config,
        likelihood=LikelihoodConfig(
            outlier=NEGLIGIBLE, decorrelation_m=NEGLIGIBLE, relocation=NEGLIGIBLE),
        gnss=GnssConfig(offset_std=NEGLIGIBLE, multipath_std=NEGLIGIBLE, gate_sigma=1e3,
                        reject_sigma=1e3, inflation_limit=1.0),
        health=HealthConfig(losses_per_hour=NEGLIGIBLE, lost_probability=1.0 - NEGLIGIBLE))


def fixed_covariance(config: FilterConfig) -> FilterConfig:
    """
    Return the settings of a plain particle filter that publishes a constant covariance.

    It has a floor but neither decorrelation nor GNSS error states.

    :param config: settings to start from.
    """
    amcl = amcl_style(config)
    return replace(amcl, likelihood=replace(amcl.likelihood, outlier=0.05))


def make_methods(seed: int) -> dict[str, Callable[[], Method]]:
    """
    Return a factory for each method, ours first.

    :param seed: of the particle filters.
    """
    ours = FilterConfig(seed=seed)
    return {
        OURS: lambda: ParticleMethod(ours),
        'gnss': GnssOnly,
        'peak_ekf': PeakEkf,
        'pf_fixed_covariance': lambda: ParticleMethod(
            fixed_covariance(ours), FIXED_COVARIANCE, has_health=False),
        'amcl_style': lambda: ParticleMethod(amcl_style(ours), has_health=False),
    }
