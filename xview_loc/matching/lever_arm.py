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

"""From where the camera may be to where ``base_link`` may be, on a grid of cells."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.cell_window import CellWindow

NEGLIGIBLE_WEIGHT = 1e-6


def turned_lever(position: tuple[float, float], yaws: np.ndarray) -> np.ndarray:
    """
    Return where the camera is from ``base_link`` for several yaws.

    :param position: forward and left of ``base_link`` [m].
    :param yaws: ``(K,)`` [rad].
    :return: ``(K, 2)`` east and north [m].
    """
    forward, left = position
    return np.stack([forward * np.cos(yaws) - left * np.sin(yaws),
                     forward * np.sin(yaws) + left * np.cos(yaws)], axis=1)


def base_geometry(window: CellWindow, lever: np.ndarray, cells_from_map: Pose2) -> PatchGeometry:
    """
    Return where ``base_link`` is in ``map`` when the camera is at the cells of a window.

    :param window: the cells.
    :param lever: ``(2,)`` where the camera is from ``base_link``, in the frame of the cells [m].
    :param cells_from_map: the ``map`` frame in the frame of the cells.
    """
    cells = window.geometry
    x, y = cells_from_map.inverse().transform(
        np.array([cells.centre_x, cells.centre_y]) - lever)
    return PatchGeometry(float(x), float(y), cells.metres_per_pixel, *cells.shape,
                         -cells_from_map.yaw)


def shifted_plane(plane: np.ndarray, down: float, right: float, rim: int) -> np.ndarray:
    """
    Interpolate the middle of a plane bilinearly, some cells further down and right.

    :param plane: ``(H + 2 rim, W + 2 rim)``, NaN where nothing is known.
    :param down: shift in rows, below ``rim`` in magnitude.
    :param right: shift in columns, likewise.
    :param rim: cells to leave out on every side.
    :return: ``(H, W)`` float32; NaN where a cell that takes part is.
    """
    rows, columns = (side - 2 * rim for side in plane.shape)
    top, left = math.floor(down), math.floor(right)
    result = np.zeros((rows, columns), np.float32)
    for row, row_weight in ((top, 1.0 - (down - top)), (top + 1, down - top)):
        for column, weight in ((left, 1.0 - (right - left)), (left + 1, right - left)):
            if row_weight * weight > NEGLIGIBLE_WEIGHT:
                result += row_weight * weight * plane[
                    rim + row:rim + row + rows, rim + column:rim + column + columns]
    return result
