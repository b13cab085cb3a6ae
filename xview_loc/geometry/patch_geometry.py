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

"""Where the pixels of a patch lie in the map: the only place that knows."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import GeometryError


@dataclass(frozen=True, slots=True)
class PatchGeometry:
    """
    The mapping between the pixels of an image and the ``map`` frame.

    Convention: row 0 is the northern row, rows grow south and columns grow east (at rotation 0);
    pixel ``(row, column)`` covers ``[row, row + 1) x [column, column + 1)``, so its centre lies at
    ``(row + 0.5, column + 0.5)``. Pixel coordinates in this class are such continuous
    ``(row, column)`` pairs; the centre of the image is ``(height / 2, width / 2)``.

    :param centre_x: east of the image centre in ``map`` [m].
    :param centre_y: north of the image centre in ``map`` [m].
    :param metres_per_pixel: side of a pixel on the ground [m].
    :param height: number of rows.
    :param width: number of columns.
    :param rotation: yaw of the column axis, counter-clockwise from east [rad].
    """

    centre_x: float
    centre_y: float
    metres_per_pixel: float
    height: int
    width: int
    rotation: float = 0.0

    def __post_init__(self):
        """Refuse sizes that cannot hold an image."""
        if not (math.isfinite(self.metres_per_pixel) and self.metres_per_pixel > 0.0):
            raise GeometryError(
                f'metres_per_pixel is {self.metres_per_pixel}; it must be a positive number.')
        if self.height < 1 or self.width < 1:
            raise GeometryError(
                f'A patch of {self.height} x {self.width} pixels is empty; '
                'both sides must be at least 1.')
        if not all(map(math.isfinite, (self.centre_x, self.centre_y, self.rotation))):
            raise GeometryError(
                f'The patch centre ({self.centre_x}, {self.centre_y}) and rotation '
                f'{self.rotation} must be finite.')

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)``."""
        return self.height, self.width

    @property
    def extent_m(self) -> tuple[float, float]:
        """Return the size on the ground as ``(rows, columns)`` [m]."""
        return self.height * self.metres_per_pixel, self.width * self.metres_per_pixel

    def map_from_pixel(self, row, column) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the map coordinates of continuous pixel coordinates.

        :param row: row or rows; ``i + 0.5`` is the centre of row ``i``.
        :param column: column or columns, broadcast against ``row``.
        :return: ``x`` (east) and ``y`` (north) in ``map`` [m].
        """
        right = (np.asarray(column, dtype=np.float64) - 0.5 * self.width) * self.metres_per_pixel
        up = (0.5 * self.height - np.asarray(row, dtype=np.float64)) * self.metres_per_pixel
        cosine, sine = math.cos(self.rotation), math.sin(self.rotation)
        return (self.centre_x + cosine * right - sine * up,
                self.centre_y + sine * right + cosine * up)

    def pixel_from_map(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        """
        Return the continuous pixel coordinates of map coordinates.

        :param x: east in ``map`` [m].
        :param y: north in ``map`` [m], broadcast against ``x``.
        :return: ``row`` and ``column``; outside the image they are negative or beyond the size.
        """
        east = np.asarray(x, dtype=np.float64) - self.centre_x
        north = np.asarray(y, dtype=np.float64) - self.centre_y
        cosine, sine = math.cos(self.rotation), math.sin(self.rotation)
        right = cosine * east + sine * north
        up = cosine * north - sine * east
        return (0.5 * self.height - up / self.metres_per_pixel,
                0.5 * self.width + right / self.metres_per_pixel)

    def cell_centres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return ``x`` and ``y`` of all pixel centres, each ``(height, width)`` float64 [m]."""
        rows = np.arange(self.height)[:, None] + 0.5
        columns = np.arange(self.width)[None, :] + 0.5
        return self.map_from_pixel(*np.broadcast_arrays(rows, columns))

    def contains(self, x, y, margin_m: float = 0.0) -> np.ndarray:
        """
        Tell whether map points lie inside the image, at least a margin away from its rim.

        :param x: east [m].
        :param y: north [m].
        :param margin_m: distance to keep from the rim [m].
        """
        row, column = self.pixel_from_map(x, y)
        margin = margin_m / self.metres_per_pixel
        return ((row >= margin) & (row <= self.height - margin)
                & (column >= margin) & (column <= self.width - margin))
