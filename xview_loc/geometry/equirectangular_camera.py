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

"""Panoramas whose columns and rows are angles."""

from __future__ import annotations

from dataclasses import dataclass
import math

import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.camera_model import check_image_size, pixel_pairs, resized_coordinate


@dataclass(frozen=True)
class EquirectangularCamera:
    """
    A panorama of one full turn or a part of it; satisfies ``CameraModel``.

    Convention: the optical axis (z) meets the horizon at the centre column; columns grow with the
    azimuth to the right, rows grow downwards with the angle below the horizon, and the optical
    y axis points straight down. A full turn closes at its left and right edges.

    :param height: number of rows.
    :param width: number of columns.
    :param horizon_row: row of the horizon with integer pixel centres; a horizon at a fraction
        ``f`` of the height is ``f * height - 0.5``. ``None`` is the middle of the image.
    :param horizontal_fov: angle the width covers [rad], at most 2 pi.
    :param rows_per_radian: vertical scale; ``None`` is that of the columns, ``width /
        horizontal_fov``, as in every panorama that was not stretched.
    :raises GeometryError: when a value is not one a panorama can have.
    """

    height: int
    width: int
    horizon_row: float | None = None
    horizontal_fov: float = 2.0 * math.pi
    rows_per_radian: float | None = None

    def __post_init__(self) -> None:
        """Fill in what follows from the size, and refuse the impossible."""
        check_image_size(self.height, self.width)
        if not 0.0 < self.horizontal_fov <= 2.0 * math.pi + 1e-9:
            raise GeometryError(
                f'The horizontal field of view is {self.horizontal_fov} rad; '
                'it must lie in (0, 2 pi].')
        if self.horizon_row is None:
            object.__setattr__(self, 'horizon_row', 0.5 * self.height - 0.5)
        if self.rows_per_radian is None:
            object.__setattr__(self, 'rows_per_radian', self.columns_per_radian)
        if not math.isfinite(self._horizon):
            raise GeometryError(f'The horizon row must be finite; got {self.horizon_row}.')
        if not (math.isfinite(self._row_scale) and self._row_scale > 0.0):
            raise GeometryError(
                f'rows_per_radian is {self.rows_per_radian}; it must be a positive number.')

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)`` of the images it describes."""
        return self.height, self.width

    @property
    def columns_per_radian(self) -> float:
        """Return the horizontal scale [px/rad]."""
        return self.width / self.horizontal_fov

    @property
    def _horizon(self) -> float:
        return float(self.horizon_row)  # type: ignore[arg-type]

    @property
    def _row_scale(self) -> float:
        return float(self.rows_per_radian)  # type: ignore[arg-type]

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Project points of the optical frame.

        :param points: ``(..., 3)`` x right, y down, z forward [m].
        :return: ``(..., 2)`` float64 ``(column, row)``, NaN at the camera's own position, and
            ``(...)`` bool: inside the image.
        """
        points = np.asarray(points, dtype=np.float64)
        right, down, forward = points[..., 0], points[..., 1], points[..., 2]
        azimuth = np.arctan2(right, forward)
        distance = np.sqrt(right * right + forward * forward)
        below = np.arctan2(down, distance)
        columns = azimuth * self.columns_per_radian + (0.5 * self.width - 0.5)
        rows = np.where((distance > 0.0) | (down != 0.0),
                        below * self._row_scale + self._horizon, np.nan)
        return pixel_pairs(columns, rows, self.shape)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """
        Return the unit viewing rays of pixels.

        :param pixels: ``(..., 2)`` ``(column, row)``.
        :return: ``(..., 3)`` float64 unit vectors in the optical frame; NaN beyond the zenith and
            the nadir.
        """
        pixels = np.asarray(pixels, dtype=np.float64)
        azimuth = (pixels[..., 0] - (0.5 * self.width - 0.5)) / self.columns_per_radian
        below = (pixels[..., 1] - self._horizon) / self._row_scale
        below = np.where(np.abs(below) <= 0.5 * math.pi, below, np.nan)
        level = np.cos(below)
        return np.stack(
            (level * np.sin(azimuth), np.sin(below), level * np.cos(azimuth)), axis=-1)

    def resized(self, height: int, width: int) -> EquirectangularCamera:
        """Return the model of the same camera for images resized to ``(height, width)``."""
        row_scale = height / self.height
        return EquirectangularCamera(
            height, width, resized_coordinate(self._horizon, row_scale), self.horizontal_fov,
            self._row_scale * row_scale)
