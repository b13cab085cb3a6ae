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

"""Curves on the ground, parametrised by arc length."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import ConfigurationError


class Polyline:
    """
    A chain of straight pieces in ``map``.

    :param points: ``(N, 2)`` vertices, N at least 2, neighbours distinct [m].
    :raises ConfigurationError: when the curve has no length.
    """

    def __init__(self, points):
        """Measure the arc lengths."""
        points = np.asarray(points, dtype=np.float64)
        steps = np.hypot(*np.diff(points, axis=0).T)
        if len(points) < 2 or not np.all(steps > 0.0):
            raise ConfigurationError(
                'A curve needs at least two vertices and no two equal neighbours.')
        self.points = frozen(points)
        self.stations = frozen(np.concatenate([[0.0], np.cumsum(steps)]))

    @property
    def length(self) -> float:
        """Return the length of the curve [m]."""
        return float(self.stations[-1])

    def at(self, station) -> np.ndarray:
        """
        Return the points at some arc lengths, clamped to the ends.

        :param station: ``(...)`` arc lengths [m].
        :return: ``(..., 2)`` x, y [m].
        """
        return np.stack([np.interp(station, self.stations, self.points[:, k])
                         for k in range(2)], axis=-1)

    def yaw_at(self, station) -> np.ndarray:
        """
        Return the direction of travel at some arc lengths, continuous along the curve.

        :param station: ``(...)`` arc lengths [m].
        :return: ``(...)`` yaw, not wrapped [rad].
        """
        directions = np.diff(self.points, axis=0)
        yaws = np.unwrap(np.arctan2(directions[:, 1], directions[:, 0]))
        middles = 0.5 * (self.stations[:-1] + self.stations[1:])
        return np.interp(station, middles, yaws)

    def resampled(self, step: float) -> Polyline:
        """
        Return the curve with equal steps.

        :param step: wanted spacing, met within the rounding to a whole number of steps [m].
        """
        count = max(int(round(self.length / step)), 1) + 1
        return Polyline(self.at(np.linspace(0.0, self.length, count)))

    def smoothed(self, sigma: float, step: float = 0.25) -> Polyline:
        """
        Return the curve resampled and smoothed by a Gaussian along its length, ends kept.

        :param sigma: standard deviation of the Gaussian [m].
        :param step: spacing of the result [m].
        """
        points = self.resampled(step).points
        margin = int(np.ceil(4.0 * sigma / step)) + 1
        head = points[0] + (points[0] - points[1]) * np.arange(margin, 0, -1)[:, None]
        tail = points[-1] + (points[-1] - points[-2]) * np.arange(1, margin + 1)[:, None]
        padded = np.concatenate([head, points, tail])
        kernel = cv2.getGaussianKernel(2 * margin + 1, sigma / step)[:, 0]
        return Polyline(np.stack([np.convolve(padded[:, k], kernel, mode='valid')
                                  for k in range(2)], axis=-1))

    def offset(self, distance) -> Polyline:
        """
        Return the parallel curve.

        :param distance: to the left of the direction of travel, negative to the right [m].
        :raises ConfigurationError: when a bend is tighter than the distance to its inside.
        """
        yaws = self.yaw_at(self.stations)
        normals = np.stack([-np.sin(yaws), np.cos(yaws)], axis=-1)
        moved = self.points + distance * normals
        if np.any((np.diff(moved, axis=0) * np.diff(self.points, axis=0)).sum(axis=1) <= 0.0):
            raise ConfigurationError(
                f'A curve cannot be offset by {distance} m: it has a tighter bend.')
        return Polyline(moved)

    def distance_to(self, points) -> np.ndarray:
        """
        Return the distance of points to the curve.

        :param points: ``(N, 2)`` [m].
        :return: ``(N,)`` [m].
        """
        points = np.asarray(points, dtype=np.float64)
        start, step = self.points[:-1], np.diff(self.points, axis=0)
        relative = points[:, None, :] - start[None]
        part = (relative * step).sum(axis=-1) / (step ** 2).sum(axis=-1)
        nearest = relative - np.clip(part, 0.0, 1.0)[..., None] * step
        return np.sqrt((nearest ** 2).sum(axis=-1).min(axis=1))


def filleted(corners, radius: float) -> Polyline:
    """
    Round the corners of a chain with circular arcs.

    :param corners: ``(N, 2)`` vertices of the chain [m].
    :param radius: radius of the arcs; less where the pieces beside a corner are too short [m].
    """
    corners = np.asarray(corners, dtype=np.float64)
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:]):
        points.extend(_arc(before, corner, after, radius))
    points.append(corners[-1])
    distinct = [points[0]] + [
        later for earlier, later in zip(points, points[1:])
        if np.hypot(*(later - earlier)) > 1e-6]
    return Polyline(np.array(distinct))


def _arc(before, corner, after, radius):
    """Return points on the arc that touches both pieces beside a corner."""
    inward, outward = before - corner, after - corner
    lengths = np.hypot(*inward), np.hypot(*outward)
    inward, outward = inward / lengths[0], outward / lengths[1]
    half = 0.5 * np.arccos(np.clip(inward @ outward, -1.0, 1.0))
    if half > 0.5 * np.pi - 1e-3:
        return [corner]
    tangent = min(radius / np.tan(half), 0.49 * min(lengths))
    radius = tangent * np.tan(half)
    bisector = (inward + outward) / np.hypot(*(inward + outward))
    centre = corner + bisector * radius / np.sin(half)
    start = corner + inward * tangent - centre
    turn = np.pi - 2.0 * half
    sign = np.sign(start[0] * (corner - centre)[1] - start[1] * (corner - centre)[0])
    angles = np.linspace(0.0, sign * turn, max(int(np.ceil(radius * turn / 0.5)), 2) + 1)
    cosine, sine = np.cos(angles), np.sin(angles)
    return list(centre + np.stack([cosine * start[0] - sine * start[1],
                                   sine * start[0] + cosine * start[1]], axis=-1))
