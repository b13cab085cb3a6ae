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

"""A likelihood as an occupancy grid, for display only."""

from __future__ import annotations

import math

from nav_msgs.msg import OccupancyGrid
import numpy as np

from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.stamps import time_message

_BRIGHTEST = 98
"""RViz's costmap palette shows 99 and 100 in alarm colours."""


def heatmap_grid(likelihood: PoseLikelihood, frame_id: str) -> OccupancyGrid:
    """
    Return the grid of a likelihood.

    The value of a cell is the square root of its best likelihood over yaw relative to the peak,
    scaled to 0..98; -1 where nothing is known. Row 0 of the grid is the southern row.

    :param likelihood: the likelihood.
    :param frame_id: the map frame.
    """
    grid = OccupancyGrid()
    grid.header.stamp = time_message(likelihood.stamp)
    grid.header.frame_id = frame_id
    geometry = likelihood.geometry
    grid.info.map_load_time = grid.header.stamp
    grid.info.resolution = float(geometry.metres_per_pixel)
    grid.info.height, grid.info.width = geometry.shape
    corner_x, corner_y = geometry.map_from_pixel(geometry.height, 0.0)
    grid.info.origin.position.x = float(corner_x)
    grid.info.origin.position.y = float(corner_y)
    grid.info.origin.orientation.z = math.sin(0.5 * geometry.rotation)
    grid.info.origin.orientation.w = math.cos(0.5 * geometry.rotation)
    grid.data.frombytes(memoryview(_values(likelihood)).cast('B'))
    return grid


def _values(likelihood: PoseLikelihood) -> np.ndarray:
    """Return the ``(H, W)`` int8 values, row 0 in the south."""
    known = np.isfinite(likelihood.log_likelihood)
    best = np.where(known, likelihood.log_likelihood, -np.inf).max(axis=0)
    seen = np.isfinite(best)
    if not seen.any():
        return np.full(best.shape, -1, np.int8)
    brightness = np.exp(0.5 * (best - best.max())) * _BRIGHTEST
    return np.ascontiguousarray(
        np.flipud(np.where(seen, np.rint(brightness), -1)).astype(np.int8))
