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

"""Patches of imagery around the vehicle, kept so that successive frames share them."""

from __future__ import annotations

from collections import OrderedDict
import math
from threading import Lock

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch


class PatchStore:
    """
    The patches read last, and the geometry of the next one.

    Centres lie on a grid and sides are whole numbers of grid steps, so that a vehicle that comes
    back asks for exactly the same pixels again. Safe to use from several threads.

    :param grid_m: step of the centres [m].
    :param capacity: patches kept.
    """

    def __init__(self, grid_m: float, capacity: int) -> None:
        """Start empty."""
        self._grid = grid_m
        self._capacity = capacity
        self._patches: OrderedDict[PatchGeometry, SatellitePatch] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return the number of patches kept."""
        return len(self._patches)

    def clear(self) -> None:
        """Forget every patch."""
        with self._lock:
            self._patches.clear()

    def geometry_for(self, x: float, y: float, radius_m: float,
                     metres_per_pixel: float) -> PatchGeometry:
        """
        Return the geometry of the patch to read for a place.

        It holds the square of half side ``radius_m`` around the place wherever the place lies
        between the grid points, and half a step more for the way ahead.

        :param x: east in ``map`` [m].
        :param y: north in ``map`` [m].
        :param radius_m: half side needed [m].
        :param metres_per_pixel: resolution [m].
        """
        half = math.ceil(radius_m / self._grid + 1.0) * self._grid
        pixels = 2 * math.ceil(half / metres_per_pixel)
        return PatchGeometry(round(x / self._grid) * self._grid,
                             round(y / self._grid) * self._grid,
                             metres_per_pixel, pixels, pixels)

    def add(self, patch: SatellitePatch) -> None:
        """Keep a patch, forgetting the one that was not used for longest."""
        with self._lock:
            self._patches[patch.geometry] = patch
            self._patches.move_to_end(patch.geometry)
            while len(self._patches) > self._capacity:
                self._patches.popitem(last=False)

    def find(self, x: float, y: float, radius_m: float,
             metres_per_pixel: float) -> SatellitePatch | None:
        """
        Return a kept patch that holds the square of half side ``radius_m`` around a place.

        :param x: east in ``map`` [m].
        :param y: north in ``map`` [m].
        :param radius_m: half side needed [m].
        :param metres_per_pixel: resolution it must have [m].
        """
        with self._lock:
            for geometry in reversed(self._patches):
                if (geometry.metres_per_pixel == metres_per_pixel
                        and bool(geometry.contains(x, y, radius_m))):
                    self._patches.move_to_end(geometry)
                    return self._patches[geometry]
        return None
