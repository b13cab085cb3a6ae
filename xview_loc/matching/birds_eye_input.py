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

"""What a model's description says about the cells that a network of gates looks at."""

from __future__ import annotations

from dataclasses import dataclass

from xview_loc.errors import ConfigurationError, ModelPackageError
from xview_loc.matching.bev_config import FeatureConfig

REGIONS = 3


@dataclass(frozen=True)
class BirdsEyeInput:
    """
    The hand-made features that a network was trained on, see :class:`.bev_config.FeatureConfig`.

    :param cell_m: side of a cell [m].
    :param view_radius_m: of the views that it takes [m].
    :param edge_sigmas_m: scales of the edge directions [m].
    :param region_blur_m: of the colours [m].
    :param region_window_m: of the colours' local mean [m].
    :param region_factors: weights of L*, a* and b*.
    :param radial_suppression: of edges along the viewing ray, in [0, 1].
    :param satellite: whether there is a network for the satellite side.
    :param free: whether the networks add channels of their own.
    :raises ModelPackageError: when a value is not one that features can have.
    """

    cell_m: float = 0.5
    view_radius_m: float = 32.0
    edge_sigmas_m: tuple[float, ...] = (0.5, 1.2)
    region_blur_m: float = 1.0
    region_window_m: float = 5.0
    region_factors: tuple[float, float, float] = (0.3, 1.0, 1.0)
    radial_suppression: float = 0.5
    satellite: bool = False
    free: bool = False

    def __post_init__(self) -> None:
        """Refuse what no features have."""
        if not (self.edge_sigmas_m and self.view_radius_m > self.cell_m):
            raise ModelPackageError(
                f'birds_eye has {len(self.edge_sigmas_m)} edge_sigmas_m and view_radius_m '
                f'{self.view_radius_m}; it needs a scale, and more than one cell.')
        if not 0.0 <= self.radial_suppression <= 1.0:
            raise ModelPackageError(
                f'birds_eye.radial_suppression is {self.radial_suppression}; it must lie in '
                '[0, 1].')
        try:
            _ = self.features
        except ConfigurationError as error:
            raise ModelPackageError(f'birds_eye: {error}') from error

    @property
    def features(self) -> FeatureConfig:
        """Return the settings of the features."""
        lightness, first, second = self.region_factors
        return FeatureConfig(
            cell_m=self.cell_m, edge_sigmas_m=tuple(self.edge_sigmas_m),
            region_blur_m=self.region_blur_m, region_window_m=self.region_window_m,
            region_factors=(lightness, first, second))

    @property
    def channels(self) -> int:
        """Return the number of hand-made channels."""
        return 2 * len(self.edge_sigmas_m) + REGIONS
