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

"""Fisheye cameras: ``equidistant``, the model of Kannala and Brandt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math

import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.camera_model import check_image_size, pixel_pairs, resized_coordinate
from xview_loc.geometry.fold_over import smallest_positive_root

TABLE_SIZE = 4096
NEWTON_STEPS = 4


@dataclass(frozen=True)
class FisheyeCamera:
    """
    A camera whose image radius follows the angle from its axis; satisfies ``CameraModel``.

    ``r = a + k1 a^3 + k2 a^5 + k3 a^7 + k4 a^9`` for the angle ``a`` from the optical axis
    (Kannala and Brandt, PAMI 2006, eq. 6 with their first coefficient in the focal length; the
    ``fisheye`` module of OpenCV). The angle may exceed 90 degrees.

    :param fx: pixels per radian near the axis, along columns.
    :param fy: pixels per radian near the axis, along rows.
    :param cx: column of the optical axis, integer pixel centres [px].
    :param cy: row of the optical axis [px].
    :param height: number of rows.
    :param width: number of columns.
    :param coefficients: ``(k1, k2, k3, k4)``; empty for an ideal equidistant lens.
    :param max_angle: angle from the axis beyond which the lens sees nothing [rad]; ``None`` is pi.
        It never exceeds the angle at which the polynomial stops growing.
    :raises GeometryError: when a value is not one a camera can have.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    height: int
    width: int
    coefficients: tuple[float, ...] = ()
    max_angle: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be a camera, and limit the angle."""
        check_image_size(self.height, self.width)
        values = (self.fx, self.fy, self.cx, self.cy, *self.coefficients)
        if not all(map(math.isfinite, values)) or self.fx <= 0.0 or self.fy <= 0.0:
            raise GeometryError(
                f'Fisheye intrinsics must be finite with positive focal lengths; got {values}.')
        if len(self.coefficients) not in (0, 4):
            raise GeometryError(
                f'equidistant takes 4 coefficients (or none); got {len(self.coefficients)}.')
        if self.max_angle is not None and not 0.0 < self.max_angle <= math.pi:
            raise GeometryError(
                f'max_angle is {self.max_angle} rad; it must lie in (0, pi].')
        coefficients = tuple(float(value) for value in self.coefficients) or (0.0,) * 4
        object.__setattr__(self, 'coefficients', coefficients)
        object.__setattr__(self, 'max_angle', min(self.max_angle or math.pi, self._growing_to))

    @property
    def _growing_to(self) -> float:
        """Return the angle at which the polynomial stops growing."""
        k1, k2, k3, k4 = self.coefficients
        return math.sqrt(smallest_positive_root((1.0, 3.0 * k1, 5.0 * k2, 7.0 * k3, 9.0 * k4)))

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)`` of the images it describes."""
        return self.height, self.width

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Project points of the optical frame.

        :param points: ``(..., 3)`` x right, y down, z forward [m].
        :return: ``(..., 2)`` float64 ``(column, row)``, NaN beyond ``max_angle`` and at the
            camera's own position, and ``(...)`` bool: inside the image.
        """
        points = np.asarray(points, dtype=np.float64)
        right, down, forward = points[..., 0], points[..., 1], points[..., 2]
        sideways = np.sqrt(right * right + down * down)
        angle = np.arctan2(sideways, forward)
        radius = np.where(angle <= self.max_angle, self._radius(angle), np.nan)
        # On the axis the direction is free and the radius 0; at the camera nothing is defined.
        radius[(sideways == 0.0) & (forward <= 0.0)] = np.nan
        scale = np.divide(radius, sideways, out=radius.copy(), where=sideways > 0.0)
        return pixel_pairs(self.fx * right * scale + self.cx, self.fy * down * scale + self.cy,
                           self.shape)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """
        Return the unit viewing rays of pixels.

        :param pixels: ``(..., 2)`` ``(column, row)``.
        :return: ``(..., 3)`` float64 unit vectors in the optical frame; NaN outside the image
            circle of ``max_angle``.
        """
        pixels = np.asarray(pixels, dtype=np.float64)
        x = (pixels[..., 0] - self.cx) / self.fx
        y = (pixels[..., 1] - self.cy) / self.fy
        radius = np.hypot(x, y)
        angle = self._angle(radius)
        scale = np.divide(np.sin(angle), radius, out=np.ones_like(radius), where=radius > 0.0)
        return np.stack((x * scale, y * scale, np.cos(angle)), axis=-1)

    def _radius(self, angle):
        """Return the image radius of angles, in focal lengths."""
        k1, k2, k3, k4 = self.coefficients
        s = angle * angle
        return angle * (1.0 + s * (k1 + s * (k2 + s * (k3 + s * k4))))

    def _angle(self, radius):
        """Invert :meth:`_radius`; NaN beyond the image circle."""
        k1, k2, k3, k4 = self.coefficients
        angles, radii = self._table
        angle = np.interp(radius, radii, angles, right=np.nan)
        for _ in range(NEWTON_STEPS):
            s = angle * angle
            slope = 1.0 + s * (3.0 * k1 + s * (5.0 * k2 + s * (7.0 * k3 + s * 9.0 * k4)))
            angle = angle - (self._radius(angle) - radius) / np.maximum(slope, 1e-6)
        return angle

    @cached_property
    def _table(self):
        """Return angles up to ``max_angle`` and their image radii."""
        angles = np.linspace(0.0, float(self.max_angle or math.pi), TABLE_SIZE)
        return angles, self._radius(angles)

    def resized(self, height: int, width: int) -> FisheyeCamera:
        """Return the model of the same camera for images resized to ``(height, width)``."""
        row_scale, column_scale = height / self.height, width / self.width
        return FisheyeCamera(
            self.fx * column_scale, self.fy * row_scale,
            resized_coordinate(self.cx, column_scale), resized_coordinate(self.cy, row_scale),
            height, width, self.coefficients, self.max_angle)
