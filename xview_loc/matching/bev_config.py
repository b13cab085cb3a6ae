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

"""Settings of the training-free bird's-eye matcher."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
import math

from xview_loc.errors import ConfigurationError


@dataclass(frozen=True)
class FeatureConfig:
    """
    Settings of the hand-made feature channels.

    :param cell_m: side of a grid cell [m].
    :param edge_sigmas_m: Gaussian scales of the edge directions [m].
    :param edge_saturation: gradient magnitude at which an edge counts half.
    :param region_blur_m: Gaussian that smooths colours before their local mean is removed [m].
    :param region_window_m: Gaussian window of the local mean and deviation [m].
    :param region_factors: weights of the L*, a* and b* channels.
    """

    cell_m: float = 0.5
    edge_sigmas_m: tuple[float, ...] = (0.5, 1.2)
    edge_saturation: float = 1.25
    region_blur_m: float = 1.0
    region_window_m: float = 5.0
    region_factors: tuple[float, float, float] = (0.3, 1.0, 1.0)

    def __post_init__(self):
        """Refuse lengths that are not positive."""
        lengths = (self.cell_m, *self.edge_sigmas_m, self.region_blur_m, self.region_window_m)
        if not all(math.isfinite(length) and length > 0.0 for length in lengths):
            raise ConfigurationError(f'Feature lengths must be positive metres; got {lengths}.')


@dataclass(frozen=True)
class BevConfig:
    """
    Settings of :class:`xview_loc.matching.bev_matcher.BevMatcher`.

    :param fine: features of the fine search.
    :param coarse: features of the first stage when the yaw is unknown.
    :param view_radius_m: how far the ground view reaches [m].
    :param blind_radius_m: ground nearer than this is hidden by the vehicle [m].
    :param weight_radius_m: range at which ground counts half [m].
    :param radial_suppression: how strongly edges along the viewing ray are damped, in [0, 1];
        standing objects leave such edges.
    :param yaw_step: yaw step of the fine search around a known yaw [rad].
    :param yaw_step_unknown: yaw step of the refinement of an unknown yaw [rad].
    :param coarse_yaw_step: yaw step of the coarse search [rad].
    :param coarse_candidates: number of coarse headings that are refined.
    :param least_texture: views with a smaller mean squared feature count as blind.
    :param kappa: log-likelihood per square metre of visible ground and unit of score.
    """

    fine: FeatureConfig = field(default_factory=FeatureConfig)
    coarse: FeatureConfig = field(
        default_factory=lambda: FeatureConfig(cell_m=1.0, edge_sigmas_m=(0.7, 1.5)))
    view_radius_m: float = 32.0
    blind_radius_m: float = 1.5
    weight_radius_m: float = 8.0
    radial_suppression: float = 0.5
    yaw_step: float = math.radians(2.0)
    yaw_step_unknown: float = math.radians(3.0)
    coarse_yaw_step: float = math.radians(5.0)
    coarse_candidates: int = 4
    least_texture: float = 0.1
    kappa: float = 0.3

    def __post_init__(self):
        """Refuse settings outside their ranges."""
        if not 0.0 <= self.radial_suppression <= 1.0:
            raise ConfigurationError(
                f'radial_suppression is {self.radial_suppression}; it must lie in [0, 1].')
        if not self.blind_radius_m < self.view_radius_m:
            raise ConfigurationError(
                f'blind_radius_m ({self.blind_radius_m}) must be below view_radius_m '
                f'({self.view_radius_m}).')
        if not (self.kappa > 0.0 and self.weight_radius_m > 0.0 and self.coarse_candidates > 0):
            raise ConfigurationError(
                'kappa, weight_radius_m and coarse_candidates must be positive.')
        steps = (self.yaw_step, self.yaw_step_unknown, self.coarse_yaw_step)
        if not all(0.0 < step <= math.pi / 4.0 for step in steps):
            raise ConfigurationError(f'Yaw steps must lie in (0, pi/4] rad; got {steps}.')

    @classmethod
    def for_resolution(cls, metres_per_pixel: float, **changes) -> BevConfig:
        """
        Choose the cell size for the imagery at hand.

        Imagery of 0.2 m/px or finer shows lane markings and is matched at 0.25 m; anything
        coarser at 0.5 m.

        :param metres_per_pixel: ground resolution of the imagery [m].
        :param changes: fields to set besides.
        """
        if metres_per_pixel > 0.2:
            return replace(cls(), **changes)
        fine = FeatureConfig(cell_m=0.25, edge_sigmas_m=(0.25, 0.6), region_blur_m=0.5,
                             region_window_m=3.0)
        sharp = cls(fine=fine, view_radius_m=26.0, yaw_step=math.radians(1.0))
        return replace(sharp, **changes)
