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

"""Square tiles for satellite networks, cut out of patches of any resolution."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch

FINE_ENOUGH = 1.05


@dataclass(frozen=True)
class SatelliteTile:
    """
    What a satellite network takes.

    :param image: ``(S, S, 3)`` uint8 RGB, row 0 in the north, black where there is no imagery;
        read-only.
    :param valid: ``(S, S)`` bool, False where there is none; read-only.
    :param geometry: place of the pixels in ``map``, without rotation.
    """

    image: np.ndarray
    valid: np.ndarray
    geometry: PatchGeometry

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        object.__setattr__(self, 'image', frozen(self.image))
        object.__setattr__(self, 'valid', frozen(self.valid, bool))


def cut_tile(patch: SatellitePatch, geometry: PatchGeometry) -> SatelliteTile:
    """
    Resample a part of a patch, exactly where the pixels of both coincide.

    Patches that are more than 5 percent finer are averaged over the area of a pixel first.

    :param patch: imagery of any resolution and rotation; ground outside it is not valid.
    :param geometry: of the tile, without rotation.
    """
    image, source = patch.image, patch.geometry
    valid = patch.valid.astype(np.uint8) * 255
    ratio = geometry.metres_per_pixel / source.metres_per_pixel
    if ratio > FINE_ENOUGH:
        size = max(round(source.width / ratio), 1), max(round(source.height / ratio), 1)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        valid = cv2.resize(valid, size, interpolation=cv2.INTER_AREA)
    matrix = _source_from_tile(source, geometry, image.shape[:2])
    shape = geometry.width, geometry.height
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpAffine(image, matrix, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(valid, matrix, shape, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    known = covered > 254
    pixels[~known] = 0
    return SatelliteTile(pixels, known, geometry)


def _source_from_tile(source: PatchGeometry, tile: PatchGeometry,
                      shape: tuple[int, int]) -> np.ndarray:
    """Return OpenCV's ``(2, 3)`` matrix, with integer pixel centres on both sides."""
    rows, columns = np.array([0.5, 0.5, 1.5]), np.array([0.5, 1.5, 0.5])
    row, column = source.pixel_from_map(*tile.map_from_pixel(rows, columns))
    x = column * (shape[1] / source.width) - 0.5
    y = row * (shape[0] / source.height) - 0.5
    return np.array([[places[1] - places[0], places[2] - places[0], places[0]]
                     for places in (x, y)])
