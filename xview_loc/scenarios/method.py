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

"""What a method that is compared must offer, and our own."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Protocol

import numpy as np

from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.filtering.pose_estimate import Health
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood


@dataclass(frozen=True)
class MethodEstimate:
    """
    What a method says about the pose.

    :param pose: ``base_link`` in ``map``.
    :param covariance: ``(3, 3)`` over x, y, yaw.
    :param is_trusted: whether it vouches for the pose.
    :param is_lost: whether it says that it is lost.
    :param lost_score: the larger, the likelier it is lost; NaN where it cannot say.
    :param offset: ``(2,)`` of GNSS relative to the imagery [m]; ``None`` where not estimated.
    """

    pose: Pose2
    covariance: np.ndarray
    is_trusted: bool = True
    is_lost: bool = False
    lost_score: float = math.nan
    offset: np.ndarray | None = None


class Method(Protocol):
    """A localizer under test."""

    @property
    def uses_images(self) -> bool:
        """Tell whether images have to be matched for it."""

    @property
    def looks_back(self) -> bool:
        """Tell whether ``predict`` knows the pose of a second ago better than it did then."""

    def add_odometry(self, stamp: float, pose: Pose2) -> object:
        """Take a pose of ``base_link`` in ``odom``."""

    def add_fix(self, fix: GnssFix) -> object:
        """Take a fix."""

    def add_likelihood(self, likelihood: PoseLikelihood) -> object:
        """Take what a matcher made of an image."""

    def update(self, now: float) -> object:
        """Handle what is ripe."""

    def predict(self, stamp: float) -> MethodEstimate | None:
        """Return the pose at a stamp; ``None`` before there is one."""


class ParticleMethod:
    """
    The particle filter of this package, in some configuration.

    :param config: settings.
    :param fixed_covariance: ``(3, 3)`` to report instead of the posterior's.
    :param has_health: whether its verdict counts; else it vouches for every pose.
    """

    uses_images = True
    looks_back = True

    def __init__(self, config: FilterConfig, fixed_covariance: np.ndarray | None = None,
                 has_health: bool = True):
        """Start without a pose."""
        self.localizer = Localizer(config)
        self._fixed_covariance = fixed_covariance
        self._has_health = has_health
        self.add_odometry = self.localizer.add_odometry
        self.add_fix = self.localizer.add_fix
        self.add_likelihood = self.localizer.add_likelihood
        self.update = self.localizer.update

    def predict(self, stamp: float) -> MethodEstimate | None:
        """Return the pose at a stamp."""
        estimate = self.localizer.predict_at(stamp)
        if estimate is None:
            return None
        covariance = estimate.covariance
        if self._fixed_covariance is not None:
            covariance = self._fixed_covariance
        if not self._has_health:
            return MethodEstimate(estimate.pose, covariance)
        return MethodEstimate(
            estimate.pose, covariance, estimate.health is Health.CONVERGED,
            estimate.health is Health.LOST, estimate.lost_probability, estimate.imagery_offset)
