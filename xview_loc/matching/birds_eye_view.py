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

from dataclasses import dataclass

import cv2
import numpy as np

from xview_loc.camera.frame_window import Frame

SUBSAMPLES = 2


@dataclass(frozen=True)
class BirdsEyeGrid:
    """
    A square grid on the ground around ``base_link`` at the window's stamp.

    Convention: row 0 is furthest ahead, column 0 furthest to the left; the vehicle stands at the
    corner between the four middle cells. With ``x`` forward and ``y`` left,
    ``x = (size / 2 - row) cell_m`` and ``y = (size / 2 - column) cell_m`` in continuous pixel
    coordinates with centres at +0.5.

    :param radius_m: range of the view [m].
    :param cell_m: side of a cell [m].
    """

    radius_m: float
    cell_m: float

    @property
    def size(self) -> int:
        """Return the number of rows and of columns, always even."""
        return 2 * int(np.ceil(self.radius_m / self.cell_m))

    def points(self, subsamples: int = 1) -> np.ndarray:
        """
        Return the cell centres, or those of a grid that is finer.

        :param subsamples: samples a side of a cell.
        :return: ``(n, n, 2)`` float64 x forward, y left [m], ``n = size * subsamples``.
        """
        count = self.size * subsamples
        along = (count / 2.0 - np.arange(count) - 0.5) * (self.cell_m / subsamples)
        return np.stack(np.meshgrid(along, along, indexing='ij'), axis=-1)


@dataclass(frozen=True)
class BirdsEyeView:
    """
    One frame on the ground plane.

    :param image: ``(n, n, 3)`` float32 RGB in [0, 255].
    :param valid: ``(n, n)`` bool, True where the frame shows the ground.
    :param ray_x: ``(n, n)`` float32 x from the camera to the cell [m].
    :param ray_y: ``(n, n)`` float32 y from the camera to the cell [m].
    """

    image: np.ndarray
    valid: np.ndarray
    ray_x: np.ndarray
    ray_y: np.ndarray


def render_birds_eye(frame: Frame, grid: BirdsEyeGrid, blind_radius_m: float) -> BirdsEyeView:
    """
    Unproject a frame to the flat ground around the vehicle.

    The image is sampled bilinearly at twice the resolution of the grid and averaged. A pixel of
    height or pitch error moves ground at range ``r`` by ``r dh / h`` and ``r^2 dpitch / h``.

    :param frame: the image, its camera and its attitude.
    :param grid: the grid in the window's frame.
    :param blind_radius_m: ground nearer than this to the camera is taken as hidden [m].
    """
    fine_points = frame.window_from_base.inverse().transform(grid.points(SUBSAMPLES))
    pixels, visible = frame.camera.project_ground(fine_points, frame.roll, frame.pitch)
    columns = np.where(visible, pixels[..., 0], -1.0).astype(np.float32)
    rows = np.where(visible, pixels[..., 1], -1.0).astype(np.float32)
    sampled = cv2.remap(frame.image, columns, rows, cv2.INTER_LINEAR,
                        borderMode=cv2.BORDER_REPLICATE)
    size = (grid.size, grid.size)
    image = cv2.resize(sampled.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(visible.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    ray_x, ray_y = _rays(frame, grid)
    distance = np.hypot(ray_x, ray_y)
    valid = (share > 0.999) & (distance > blind_radius_m) & (distance < grid.radius_m)
    return BirdsEyeView(image, valid, ray_x, ray_y)


def _rays(frame, grid):
    """Return the vectors from the camera's foot to the cells, in the window's frame."""
    camera_xy = frame.window_from_base.transform(frame.camera.base_from_camera[:2, 3])
    rays = grid.points() - camera_xy
    return rays[..., 0].astype(np.float32), rays[..., 1].astype(np.float32)
