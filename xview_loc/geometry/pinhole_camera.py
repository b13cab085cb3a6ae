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

"""Perspective cameras with the usual lens distortion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math

import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.camera_model import check_image_size, pixel_pairs, resized_coordinate
from xview_loc.geometry.radial_tangential_distortion import RadialTangentialDistortion

DISTORTION_LENGTHS = {'': (0,), 'plumb_bob': (0, 4, 5), 'rational_polynomial': (0, 8, 12, 14)}


@dataclass(frozen=True)
class PinholeCamera:
    """
    A perspective camera; satisfies :class:`xview_loc.geometry.camera_model.CameraModel`.

    :param fx: focal length in columns [px].
    :param fy: focal length in rows [px].
    :param cx: column of the optical axis, integer pixel centres [px].
    :param cy: row of the optical axis [px].
    :param height: number of rows.
    :param width: number of columns.
    :param distortion: coefficients in the order of ``CameraInfo.d``; empty for none.
    :param distortion_model: ``plumb_bob`` (4 or 5), ``rational_polynomial`` (8), or '' (none).
    :raises GeometryError: when a value is not one a camera can have.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    height: int
    width: int
    distortion: tuple[float, ...] = ()
    distortion_model: str = 'plumb_bob'

    def __post_init__(self) -> None:
        """Refuse what cannot be a camera."""
        check_image_size(self.height, self.width)
        if not all(map(math.isfinite, (self.fx, self.fy, self.cx, self.cy))):
            raise GeometryError(
                f'Camera intrinsics must be finite; got fx {self.fx}, fy {self.fy}, '
                f'cx {self.cx}, cy {self.cy}.')
        if self.fx <= 0.0 or self.fy <= 0.0:
            raise GeometryError(
                f'Focal lengths must be positive; got fx {self.fx}, fy {self.fy}. '
                'A focal length of 0 means that the camera is not calibrated.')
        if self.distortion_model not in DISTORTION_LENGTHS:
            raise GeometryError(
                f'The distortion model {self.distortion_model!r} is not one a pinhole camera '
                f'has; allowed are {sorted(DISTORTION_LENGTHS)}.')
        allowed = DISTORTION_LENGTHS[self.distortion_model]
        if len(self.distortion) not in allowed:
            raise GeometryError(
                f'{self.distortion_model or "No distortion"} takes {allowed} coefficients; '
                f'got {len(self.distortion)}.')
        RadialTangentialDistortion(self.distortion)
        object.__setattr__(self, 'distortion', tuple(float(value) for value in self.distortion))

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)`` of the images it describes."""
        return self.height, self.width

    @cached_property
    def _lens(self) -> RadialTangentialDistortion | None:
        """Return the distortion, or ``None`` where there is none to apply."""
        lens = RadialTangentialDistortion(self.distortion)
        return lens if any(lens.coefficients) else None

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Project points of the optical frame.

        :param points: ``(..., 3)`` x right, y down, z forward [m].
        :return: ``(..., 2)`` float64 ``(column, row)``, NaN behind the camera and where the
            distortion would fold over, and ``(...)`` bool: visible inside the image.
        """
        points = np.asarray(points, dtype=np.float64)
        depth = points[..., 2]
        with np.errstate(over='ignore', invalid='ignore'):
            nearness = np.divide(1.0, depth, out=np.full(depth.shape, np.nan), where=depth > 0.0)
            x = points[..., 0] * nearness
            y = points[..., 1] * nearness
            if self._lens is not None:
                x, y = self._lens.distort(x, y)
            return pixel_pairs(self.fx * x + self.cx, self.fy * y + self.cy, self.shape)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """
        Return the unit viewing rays of pixels.

        :param pixels: ``(..., 2)`` ``(column, row)``.
        :return: ``(..., 3)`` float64 unit vectors in the optical frame; NaN where the distortion
            lets no ray reach the pixel.
        """
        pixels = np.asarray(pixels, dtype=np.float64)
        x = (pixels[..., 0] - self.cx) / self.fx
        y = (pixels[..., 1] - self.cy) / self.fy
        if self._lens is not None:
            x, y = self._lens.undistort(x, y)
        rays = np.stack((x, y, np.ones_like(x)), axis=-1)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def resized(self, height: int, width: int) -> PinholeCamera:
        """Return the model of the same camera for images resized to ``(height, width)``."""
        row_scale, column_scale = height / self.height, width / self.width
        return PinholeCamera(
            self.fx * column_scale, self.fy * row_scale,
            resized_coordinate(self.cx, column_scale), resized_coordinate(self.cy, row_scale),
            height, width, self.distortion, self.distortion_model)
