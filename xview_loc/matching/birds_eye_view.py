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

"""The ground around the vehicle as its cameras see it, unprojected to a view from above."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math
from typing import Sequence

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame

SUBSAMPLES = 2
COVERAGE_STRIDE = 8


@dataclass(frozen=True)
class BirdsEyeGrid:
    """
    A rectangle of ground cells around ``base_link`` at the window's stamp.

    Convention: rows grow backwards and columns grow to the right. ``base_link`` stands at the
    corner where row 0 and column 0 would begin, so the centre of cell ``(i, j)`` lies at
    ``x = -(top + i + 0.5) cell_m`` forward and ``y = -(left + j + 0.5) cell_m`` left.

    :param cell_m: side of a cell [m].
    :param top: first row; negative rows are ahead.
    :param left: first column; negative columns are to the left.
    :param height: number of rows.
    :param width: number of columns.
    """

    cell_m: float
    top: int
    left: int
    height: int
    width: int

    @classmethod
    def square(cls, radius_m: float, cell_m: float) -> BirdsEyeGrid:
        """Return the grid that reaches a radius in all directions."""
        half = math.ceil(radius_m / cell_m)
        return cls(cell_m, -half, -half, 2 * half, 2 * half)

    def points(self, subsamples: int = 1) -> np.ndarray:
        """
        Return the cell centres, or those of a grid that is finer.

        :param subsamples: samples a side of a cell.
        :return: ``(n, m, 2)`` float64 x forward, y left [m], ``n = height * subsamples``.
        """
        step = self.cell_m / subsamples
        x = -self.top * self.cell_m - (np.arange(self.height * subsamples) + 0.5) * step
        y = -self.left * self.cell_m - (np.arange(self.width * subsamples) + 0.5) * step
        return np.stack(np.meshgrid(x, y, indexing='ij'), axis=-1)

    def seen_by(self, frames: Sequence[Frame]) -> BirdsEyeGrid:
        """
        Return the part of the grid that some frame may show.

        Every eighth cell is tried and the result grows by eight cells on each side, so a patch of
        ground is missed only where the view is narrower than eight cells. The grid itself is
        returned when nothing is seen.

        :param frames: frames of one window.
        """
        points = self.points()[::COVERAGE_STRIDE, ::COVERAGE_STRIDE]
        seen = np.zeros(points.shape[:2], bool)
        for frame in frames:
            seen |= _project(frame, points)[1]
        if not seen.any():
            return self
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        first_row, last_row = _widened(rows, self.height)
        first_column, last_column = _widened(columns, self.width)
        return replace(self, top=self.top + first_row, left=self.left + first_column,
                       height=last_row - first_row, width=last_column - first_column)


@dataclass(frozen=True)
class BirdsEyeView:
    """
    One frame on the ground plane.

    :param image: ``(n, m, 3)`` float32 RGB in [0, 255].
    :param valid: ``(n, m)`` bool, True where the frame shows the ground.
    :param ray_x: ``(n, m)`` float32 x from the camera to the cell [m].
    :param ray_y: ``(n, m)`` float32 y from the camera to the cell [m].
    """

    image: np.ndarray
    valid: np.ndarray
    ray_x: np.ndarray
    ray_y: np.ndarray


def render_birds_eye(frame: Frame, grid: BirdsEyeGrid, blind_radius_m: float,
                     view_radius_m: float) -> BirdsEyeView:
    """
    Unproject a frame to the flat ground around the vehicle.

    The image is sampled bilinearly at twice the resolution of the grid and averaged. A pixel of
    height or pitch error moves ground at range ``r`` by ``r dh / h`` and ``r^2 dpitch / h``.

    :param frame: the image, its camera and its attitude.
    :param grid: the grid in the window's frame.
    :param blind_radius_m: ground nearer than this to the camera is taken as hidden [m].
    :param view_radius_m: ground farther from the camera than this does not count [m].
    """
    pixels, visible = _project(frame, grid.points(SUBSAMPLES))
    columns = np.where(visible, pixels[..., 0], -1.0).astype(np.float32)
    rows = np.where(visible, pixels[..., 1], -1.0).astype(np.float32)
    sampled = cv2.remap(frame.image, columns, rows, cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
    size = (grid.width, grid.height)
    image = cv2.resize(sampled.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(visible.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    ray_x, ray_y = rays_to_cells(frame, grid)
    distance = np.hypot(ray_x, ray_y)
    valid = (share > 0.999) & (distance > blind_radius_m) & (distance < view_radius_m)
    return BirdsEyeView(image, valid, ray_x, ray_y)


def rays_to_cells(frame: Frame, grid: BirdsEyeGrid) -> tuple[np.ndarray, np.ndarray]:
    """
    Return x and y from the camera's foot to the cells, in the window's frame.

    :param frame: of the camera.
    :param grid: of the cells.
    :return: ``(n, m)`` float32 each [m].
    """
    camera_xy = frame.window_from_base.transform(frame.camera.base_from_camera[:2, 3])
    rays = grid.points() - camera_xy
    return rays[..., 0].astype(np.float32), rays[..., 1].astype(np.float32)


def _project(frame, points):
    """Project ground points of the window's frame into a frame's image."""
    own = frame.window_from_base.inverse().transform(points)
    return frame.camera.project_ground(own, frame.roll, frame.pitch)


def _widened(indices, count):
    """Return the range of cells around every eighth one that was seen."""
    first = (int(indices[0]) - 1) * COVERAGE_STRIDE
    last = (int(indices[-1]) + 1) * COVERAGE_STRIDE + 1
    return max(first, 0), min(last, count)
