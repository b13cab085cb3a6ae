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

"""Lens distortion of nearly pinhole cameras: ``plumb_bob`` and ``rational_polynomial``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
import math

import numpy as np
from numpy.polynomial import polynomial

from xview_loc.errors import GeometryError
from xview_loc.geometry.fold_over import smallest_positive_root

COEFFICIENT_COUNT = 8
TABLE_SIZE = 4096
WIDEST_ANGLE = math.radians(89.0)
NEWTON_STEPS = 12


@dataclass(frozen=True)
class RadialTangentialDistortion:
    """
    The Brown-Conrady model with a rational radial factor, as in OpenCV's ``calib3d``.

    With ``s = x^2 + y^2`` of the undistorted normalised image point and
    ``c = (1 + k1 s + k2 s^2 + k3 s^3) / (1 + k4 s + k5 s^2 + k6 s^3)``::

        x_d = x c + 2 p1 x y + p2 (s + 2 x^2)
        y_d = y c + p1 (s + 2 y^2) + 2 p2 x y

    The model is only meaningful near the axis; where it stops growing, the image of points further
    out folds back over the middle. Such points have no projection (NaN).

    :param coefficients: ``(k1, k2, p1, p2[, k3[, k4, k5, k6]])``; missing ones are 0. Longer lists
        (thin prism, tilt) are accepted only when their further entries are 0.
    :raises GeometryError: when a coefficient is not finite or not supported.
    """

    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        """Fill up to eight coefficients."""
        given = tuple(float(value) for value in self.coefficients)
        if not all(map(math.isfinite, given)):
            raise GeometryError(f'Distortion coefficients must be finite; got {given}.')
        if any(given[COEFFICIENT_COUNT:]):
            raise GeometryError(
                f'{len(given)} distortion coefficients are given; thin prism and tilt '
                f'(entries after the first {COEFFICIENT_COUNT}) are not supported and must be 0.')
        padded = (given + (0.0,) * COEFFICIENT_COUNT)[:COEFFICIENT_COUNT]
        object.__setattr__(self, 'coefficients', padded)

    @cached_property
    def max_radius(self) -> float:
        """
        Return the undistorted radius up to which the distortion is one-to-one.

        It is at most the tangent of 89 degrees. The Jacobian of the radial part has the
        eigenvalues ``d(r c)/dr`` and ``c``, that of the tangential part none below
        ``-6 r |(p1, p2)|``; as long as their sum is positive no two points share an image.
        """
        widest = min(self._fold_radius, math.tan(WIDEST_ANGLE))
        tangential = 6.0 * math.hypot(*self.coefficients[2:4])
        if tangential == 0.0:
            return widest
        radius = np.linspace(0.0, widest, TABLE_SIZE)
        factor, slope = self._radial_factor_and_slope(radius * radius)
        growth = np.minimum(factor, factor + 2.0 * radius * radius * slope)
        failing = np.flatnonzero(growth <= tangential * radius)
        return float(radius[failing[0] - 1]) if len(failing) else widest

    @property
    def _fold_radius(self) -> float:
        """Return the radius up to which the radial part grows; may be infinite."""
        k1, k2, _, _, k3, k4, k5, k6 = self.coefficients
        factor, divisor = np.array([1.0, k1, k2, k3]), np.array([1.0, k4, k5, k6])
        slope = polynomial.polyadd(
            polynomial.polymul(factor, divisor),
            2.0 * polynomial.polymulx(polynomial.polysub(
                polynomial.polymul(polynomial.polyder(factor), divisor),
                polynomial.polymul(factor, polynomial.polyder(divisor)))))
        return math.sqrt(min(smallest_positive_root(slope), smallest_positive_root(divisor)))

    def distort(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Distort normalised image points.

        :param x: ``(...)`` right, divided by depth.
        :param y: ``(...)`` down, divided by depth.
        :return: distorted ``x`` and ``y``; NaN beyond :attr:`max_radius`.
        """
        p1, p2 = self.coefficients[2:4]
        squared = x * x + y * y
        factor = self._radial_factor(squared)
        factor = np.where(squared < self.max_radius ** 2, factor, np.nan)
        if p1 == 0.0 and p2 == 0.0:
            return x * factor, y * factor
        product = 2.0 * x * y
        return (x * factor + p1 * product + p2 * (squared + 2.0 * x * x),
                y * factor + p1 * (squared + 2.0 * y * y) + p2 * product)

    def _radial_factor(self, squared):
        """Return ``c`` of squared radii."""
        k1, k2, _, _, k3, k4, k5, k6 = self.coefficients
        factor = 1.0 + squared * (k1 + squared * (k2 + squared * k3))
        if k4 or k5 or k6:
            factor = factor / (1.0 + squared * (k4 + squared * (k5 + squared * k6)))
        return factor

    def undistort(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Invert :meth:`distort`.

        The radial part is looked up in a table and both parts are then refined by Newton's
        method on the full model; the residual is below 1e-9 of the focal length.

        :param x: ``(...)`` distorted right, divided by depth.
        :param y: ``(...)`` distorted down, divided by depth.
        :return: undistorted ``x`` and ``y``; NaN where no point within :attr:`max_radius` is
            imaged.
        """
        radius, distorted_radius = self._table
        measured = np.hypot(x, y)
        # Newton's method cannot start at the fold itself, where the slope is 0.
        found = np.minimum(np.interp(measured, distorted_radius, radius), 0.99 * radius[-1])
        scale = np.divide(found, measured, out=np.ones_like(found), where=measured > 0.0)
        guess_x, guess_y = x * scale, y * scale
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            for _ in range(NEWTON_STEPS):
                guess_x, guess_y = self._newton_step(guess_x, guess_y, x, y)
            again_x, again_y = self.distort(guess_x, guess_y)
            solved = np.hypot(again_x - x, again_y - y) < 1e-9
        return np.where(solved, guess_x, np.nan), np.where(solved, guess_y, np.nan)

    @cached_property
    def _table(self):
        """Return undistorted radii and their images over the range where both grow."""
        radius = np.tan(np.linspace(0.0, math.atan(self.max_radius), TABLE_SIZE))
        return radius, radius * self._radial_factor(radius * radius)

    def _radial_factor_and_slope(self, squared):
        """Return ``c`` and its derivative by ``s``."""
        k1, k2, _, _, k3, k4, k5, k6 = self.coefficients
        factor = self._radial_factor(squared)
        divisor = 1.0 + squared * (k4 + squared * (k5 + squared * k6))
        top_slope = k1 + squared * (2.0 * k2 + squared * 3.0 * k3)
        bottom_slope = k4 + squared * (2.0 * k5 + squared * 3.0 * k6)
        return factor, (top_slope - factor * bottom_slope) / divisor

    def _newton_step(self, x, y, wanted_x, wanted_y):
        """Move a guess by the inverse Jacobian times its error, but not beyond the range."""
        p1, p2 = self.coefficients[2:4]
        s = x * x + y * y
        factor, slope = self._radial_factor_and_slope(s)
        xx = factor + 2.0 * slope * x * x + 2.0 * p1 * y + 6.0 * p2 * x
        xy = 2.0 * (slope * x * y + p1 * x + p2 * y)
        yy = factor + 2.0 * slope * y * y + 6.0 * p1 * y + 2.0 * p2 * x
        error_x = x * factor + 2.0 * p1 * x * y + p2 * (s + 2.0 * x * x) - wanted_x
        error_y = y * factor + p1 * (s + 2.0 * y * y) + 2.0 * p2 * x * y - wanted_y
        determinant = xx * yy - xy * xy
        x = x - (yy * error_x - xy * error_y) / determinant
        y = y - (xx * error_y - xy * error_x) / determinant
        inward = np.minimum(1.0, self.max_radius / np.hypot(x, y))
        return x * inward, y * inward
