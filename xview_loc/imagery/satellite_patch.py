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

"""A north-up piece of satellite imagery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry


@dataclass(frozen=True)
class Provenance:
    """
    Where the pixels of a patch come from.

    :param source: name of the imagery source, for diagnostics and cache keys.
    :param zoom: tile zoom or overview level used; ``None`` where it has no meaning.
    :param native_metres_per_pixel: ground resolution of the pixels before resampling [m].
    :param date: date of the imagery as the source states it, or ''.
    :param attribution: credit line of the source, or ''.
    """

    source: str
    zoom: int | None = None
    native_metres_per_pixel: float | None = None
    date: str = ''
    attribution: str = ''


@dataclass(frozen=True)
class SatellitePatch:
    """
    Satellite pixels with their place in the map.

    :param image: ``(H, W, 3)`` uint8 RGB, row 0 in the north; read-only.
    :param geometry: the mapping to ``map``.
    :param valid: ``(H, W)`` bool, False where there is no imagery; read-only.
    :param provenance: where the pixels come from.
    :param frame: the ``map`` frame on the earth; ``None`` where that is not known.
    :raises ImageryError: when the shapes disagree.
    """

    image: np.ndarray
    geometry: PatchGeometry
    valid: np.ndarray
    provenance: Provenance
    frame: LocalFrame | None = None

    def __post_init__(self):
        """Check shapes and make the arrays read-only."""
        expected = (*self.geometry.shape, 3)
        if self.image.shape != expected or self.image.dtype != np.uint8:
            raise ImageryError(
                f'A satellite patch must be uint8 of shape {expected}; '
                f'got {self.image.dtype} of shape {self.image.shape}.')
        if self.valid.shape != self.geometry.shape:
            raise ImageryError(
                f'The validity mask must have shape {self.geometry.shape}; '
                f'got {self.valid.shape}.')
        object.__setattr__(self, 'image', frozen(self.image))
        object.__setattr__(self, 'valid', frozen(self.valid, bool))

    @property
    def valid_fraction(self) -> float:
        """Return the share of pixels that carry imagery."""
        return float(self.valid.mean())
