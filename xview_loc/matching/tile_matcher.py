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

"""What matchers have in common whose networks score places within a satellite tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import math

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.model_package import ModelPackage
from xview_loc.matching.network_likelihood import network_likelihood
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.matching.prepared_tiles import TileFeatures, TileStore


class TileMatcher:
    """
    Runs the satellite network of a package on tiles, each once.

    :param package: whose network it is.
    :param satellite: the network, ``(1, S, S, 3)`` uint8 to its outputs by name.
    """

    def __init__(self, package: ModelPackage,
                 satellite: Callable[[np.ndarray], Mapping[str, np.ndarray]]) -> None:
        """Start without tiles."""
        self._description = package.description
        self._tiles = TileStore(package.description.satellite, satellite)

    @property
    def name(self) -> str:
        """Return the name of the package."""
        return self._description.name

    @property
    def metres_per_pixel(self) -> float:
        """Return the ground resolution of the network's tiles [m]."""
        return self._description.satellite.metres_per_pixel

    @property
    def tiles_run(self) -> int:
        """Return how many tiles the satellite network has seen."""
        return self._tiles.runs

    def prepare(self, patch: SatellitePatch) -> TileFeatures:
        """
        Run the satellite network on the tile in the middle of a patch.

        :param patch: imagery at any resolution; finer imagery is averaged.
        """
        return TileFeatures(patch, self._tiles)

    def _nothing_known(self, grid: PatchGeometry, yaws: np.ndarray,
                       stamp: float) -> PoseLikelihood:
        """Return the likelihood of a blank view, or where there is no imagery: NaN everywhere."""
        empty = np.full((len(yaws), *grid.shape), np.nan, np.float32)
        return network_likelihood(empty, grid, yaws, stamp, math.nan, self.name)
