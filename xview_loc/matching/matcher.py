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

"""The contract every matcher keeps."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any, Protocol

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.pose_likelihood import PoseLikelihood


@dataclass(frozen=True)
class SearchPrior:
    """
    Where to look: a pose and how far around it.

    :param pose: prior pose of ``base_link`` in ``map`` at the window's stamp.
    :param radius_m: half side of the square to search around ``pose`` [m].
    :param yaw_range: half width of the yaw interval to search [rad]; pi searches every yaw.
    :raises MatchingError: when a range is not positive.
    """

    pose: Pose2
    radius_m: float
    yaw_range: float = math.pi

    def __post_init__(self):
        """Refuse empty ranges."""
        if not self.radius_m > 0.0:
            raise MatchingError(f'The search radius is {self.radius_m} m; it must be positive.')
        if not 0.0 <= self.yaw_range <= math.pi:
            raise MatchingError(
                f'The yaw range is {self.yaw_range} rad; it must lie in [0, pi].')


class Matcher(Protocol):
    """
    Compares ground frames to a satellite patch.

    The work is split so that the satellite side never runs twice for the same pixels: ``prepare``
    depends on the patch alone and its result may be cached, ``match`` runs for every window.
    """

    @property
    def metres_per_pixel(self) -> float:
        """Return the ground resolution the matcher wants its patches in [m]."""

    @property
    def view_radius_m(self) -> float:
        """Return how far from the vehicle the ground view reaches [m]."""

    def prepare(self, patch: SatellitePatch) -> Any:
        """Compute the map features of a patch."""

    def match(self, window: FrameWindow, features: Any, prior: SearchPrior) -> PoseLikelihood:
        """Compute the likelihood of poses around the prior at the window's stamp."""
