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

"""An image in memory that already lies in the map frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import ImageryError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.block import Block, halve
from xview_loc.imagery.bounds import Bounds, bounds_of
from xview_loc.imagery.imagery_source import GeodeticFunction, refuse_coarse, require_frame
from xview_loc.imagery.resample import resample, Resampled
from xview_loc.imagery.satellite_patch import Provenance, SatellitePatch
from xview_loc.imagery.warning_log import WarningLog

if TYPE_CHECKING:
    from xview_loc.geometry.local_frame import LocalFrame


class PlainImage:
    """
    One RGB image as an imagery source.

    Patches need no ``LocalFrame``: both the image and the patch lie in ``map``. The frame given
    here is needed for what speaks of the earth: ``bounds`` and :meth:`read_area`.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param geometry: its place in ``map``.
    :param valid: ``(H, W)`` bool, True where it carries imagery; everywhere when ``None``.
    :param frame: the ``map`` frame on the earth, if known.
    :param name: name for diagnostics.
    :param attribution: credit line.
    :param date: date of the imagery.
    :raises ImageryError: when the array is not such an image or the sizes disagree.
    """

    def __init__(self, image: np.ndarray, geometry: PatchGeometry, *,
                 valid: np.ndarray | None = None, frame: LocalFrame | None = None,
                 name: str = 'image', attribution: str = '', date: str = ''):
        expected = (*geometry.shape, 3)
        if image.shape != expected or image.dtype != np.uint8:
            raise ImageryError(f'The image must be uint8 of shape {expected} to match its '
                               f'geometry; got {image.dtype} of shape {image.shape}.')
        if valid is not None and valid.shape != geometry.shape:
            raise ImageryError(f'The validity mask must have shape {geometry.shape}; '
                               f'got {valid.shape}.')
        self.geometry = geometry
        self.frame = frame
        self.name = name
        self.attribution = attribution
        self.date = date
        self.warnings = WarningLog()
        self._levels = [Block(frozen(image), None if valid is None else frozen(valid, bool))]

    @property
    def bounds(self) -> Bounds:
        """Return ``(west, south, east, north)`` in degrees."""
        height, width = self.geometry.shape
        edge = np.linspace(0.0, 1.0, 17)
        rows = height * np.concatenate([0 * edge, 0 * edge + 1, edge, edge])
        columns = width * np.concatenate([edge, edge, 0 * edge, 0 * edge + 1])
        frame = require_frame(self.frame, self.name)
        latitude, longitude, _ = frame.geodetic_from_map(
            *self.geometry.map_from_pixel(rows, columns))
        return bounds_of(latitude, longitude)

    def metres_per_pixel_at(self, latitude_deg: float = 0.0, longitude_deg: float = 0.0) -> float:
        """Return the resolution of the image, the same everywhere [m]."""
        return self.geometry.metres_per_pixel

    def read_patch(self, geometry: PatchGeometry, frame: LocalFrame | None = None
                   ) -> SatellitePatch:
        """
        Cut a patch out of the image.

        :param geometry: the patch in the same ``map`` as the image.
        :param frame: not used; here so that all sources are called alike.
        :raises ImageryError: when the image is coarser than 1 m per pixel.
        """
        native = self.geometry.metres_per_pixel
        refuse_coarse(self.name, native)
        if geometry == self.geometry:
            whole = self._levels[0]
            valid = np.ones(geometry.shape, bool) if whole.valid is None else whole.valid
            image, level = whole.image, 0
        else:
            result = self._resample(
                geometry.shape,
                lambda rows, columns: self.geometry.pixel_from_map(
                    *geometry.map_from_pixel(rows, columns)))
            image, valid, level = result.image, result.valid, result.level
        provenance = Provenance(source=self.name, native_metres_per_pixel=native * 2.0 ** level,
                                date=self.date, attribution=self.attribution)
        return SatellitePatch(image, geometry, valid, provenance, frame or self.frame)

    def read_area(self, shape: tuple[int, int], geodetic_from_pixel: GeodeticFunction
                  ) -> Resampled:
        """
        Fill an image whose pixels lie anywhere on the earth.

        :param shape: ``(height, width)`` of the image.
        :param geodetic_from_pixel: latitudes and longitudes of its continuous pixel coordinates.
        """
        frame = require_frame(self.frame, self.name)

        def source_from_target(rows, columns):
            x, y, _ = frame.map_from_geodetic(*geodetic_from_pixel(rows, columns))
            return self.geometry.pixel_from_map(x, y)

        return self._resample(shape, source_from_target)

    def prefetch(self, geometry: PatchGeometry, frame: LocalFrame | None = None) -> None:
        """Do nothing: all pixels are in memory."""

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _resample(self, shape, function) -> Resampled:
        levels = min(self.geometry.shape).bit_length()
        return resample(function, shape, self._read_window,
                        [(0.5 ** level, 0.5 ** level) for level in range(levels)])

    def _level(self, level: int) -> Block:
        while len(self._levels) <= level:
            last = self._levels[-1]
            height, width = (side // 2 * 2 for side in last.image.shape[:2])
            even = Block(np.ascontiguousarray(last.image[:height, :width]),
                         None if last.valid is None else last.valid[:height, :width])
            self._levels.append(halve(even))
        return self._levels[level]

    def _read_window(self, level: int, top: int, left: int, rows: int, columns: int) -> Block:
        whole = self._level(level)
        height, width = whole.image.shape[:2]
        row = np.clip([top, top + rows], 0, height)
        column = np.clip([left, left + columns], 0, width)
        part = np.s_[row[0]:row[1], column[0]:column[1]]
        if (row[1] - row[0], column[1] - column[0]) == (rows, columns):
            return Block(whole.image[part], None if whole.valid is None else whole.valid[part])
        image = np.zeros((rows, columns, 3), np.uint8)
        valid = np.zeros((rows, columns), bool)
        inside = np.s_[row[0] - top:row[1] - top, column[0] - left:column[1] - left]
        image[inside] = whole.image[part]
        valid[inside] = True if whole.valid is None else whole.valid[part]
        return Block(image, valid)
