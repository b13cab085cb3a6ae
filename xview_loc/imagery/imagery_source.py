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

"""What every source of satellite imagery offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TYPE_CHECKING

import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.bounds import Bounds
from xview_loc.imagery.resample import Resampled
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.imagery.warning_log import WarningLog

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame

# Coarser imagery shows no lane, kerb or crossing, so nothing can be matched to it.
COARSEST_METRES_PER_PIXEL = 1.0

# (rows, columns) of a target image, continuous -> (latitudes, longitudes) in degrees, WGS84.
GeodeticFunction = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class ImagerySource(Protocol):
    """
    Serves pieces of imagery at any place, resolution and rotation.

    Reading is safe from several threads at once. Missing and damaged pieces are masked; damaged
    ones are counted in :attr:`warnings` too. Placement is within 0.1 px of the exact chain from
    patch pixel to source pixel.
    """

    @property
    def name(self) -> str:
        """Return a short name for diagnostics and cache keys."""

    @property
    def attribution(self) -> str:
        """Return the credit line to show, or ''."""

    @property
    def date(self) -> str:
        """Return the date of the imagery as the source states it, or ''."""

    @property
    def bounds(self) -> Bounds:
        """Return ``(west, south, east, north)`` in degrees of what may be covered."""

    @property
    def warnings(self) -> WarningLog:
        """Return the counts of damaged pieces met so far."""

    def metres_per_pixel_at(self, latitude_deg: float, longitude_deg: float) -> float:
        """Return the finest ground resolution that the source can hold there [m]."""

    def read_patch(self, geometry: PatchGeometry, frame: LocalFrame) -> SatellitePatch:
        """
        Cut a patch out of the imagery.

        :param geometry: centre, resolution, size and rotation of the patch in ``map``.
        :param frame: the ``map`` frame on the earth.
        :return: the patch, masked where there is no imagery.
        :raises ImageryError: when the imagery is coarser than 1 m per pixel.
        """

    def read_area(self, shape: tuple[int, int], geodetic_from_pixel: GeodeticFunction
                  ) -> Resampled:
        """
        Fill an image whose pixels lie anywhere on the earth, for instance a tile.

        :param shape: ``(height, width)`` of the image.
        :param geodetic_from_pixel: latitudes and longitudes of its continuous pixel coordinates.
        :return: image, validity and level used; the resolution is not checked.
        """

    def prefetch(self, geometry: PatchGeometry, frame: LocalFrame) -> None:
        """Decode what a patch will need, so that reading it later does not wait."""

    def close(self) -> None:
        """Give files and connections back."""


def refuse_coarse(name: str, metres_per_pixel: float) -> None:
    """
    Refuse imagery that shows too little.

    :param name: name of the source, for the message.
    :param metres_per_pixel: its ground resolution at the place asked for [m].
    :raises ImageryError: when it is coarser than ``COARSEST_METRES_PER_PIXEL``.
    """
    if not metres_per_pixel <= COARSEST_METRES_PER_PIXEL + 1e-6:
        raise ImageryError(
            f'The imagery {name} has {metres_per_pixel:.2f} m per pixel here; matching needs '
            f'{COARSEST_METRES_PER_PIXEL:g} m or finer.')


def require_frame(frame: LocalFrame | None, name: str) -> LocalFrame:
    """
    Return the frame or say that one is needed.

    :param frame: the ``map`` frame on the earth, or ``None``.
    :param name: name of the source, for the message.
    :raises ImageryError: when it is ``None``.
    """
    if frame is None:
        raise ImageryError(f'The imagery {name} has no place on the earth without a map origin.')
    return frame
