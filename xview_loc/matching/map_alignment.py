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

"""How the frame of a run lies in the frame that a descriptor map was built in."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2

BASE_M = 100.0
MOST_TURN = 0.01


def cells_from_map(grid: LocalFrame | None, run: LocalFrame | None,
                   geometry: PatchGeometry) -> Pose2:
    """
    Return the frame of a run in the frame of the grid, near a patch.

    Two east-north-up frames are turned against each other by the convergence of their meridians,
    2e-4 rad per kilometre at 50 degrees of latitude; over a patch of 500 m what remains beside
    the planar move is below 1 cm for datums up to 50 km apart.

    :param grid: frame that the grid is anchored to; ``None`` is the frame of the run.
    :param run: the ``map`` frame of the run; ``None`` where it is not known.
    :param geometry: the patch, in the frame of the run.
    :return: identity where both frames are the same.
    :raises MatchingError: when the run has no place on the earth, or the frames are turned so far
        that tiles would be seen turned (0.01 rad, about 50 km).
    """
    if grid is None or grid == run:
        return Pose2(0.0, 0.0, 0.0)
    if run is None:
        raise MatchingError(
            'The descriptor map has a place on the earth but the imagery has none; use imagery '
            'with a reference system.')
    x = np.array([geometry.centre_x, geometry.centre_x + BASE_M])
    y = np.full(2, geometry.centre_y)
    latitude, longitude, _ = run.geodetic_from_map(x, y)
    east, north, _ = grid.map_from_geodetic(latitude, longitude)
    turn = math.atan2(north[1] - north[0], east[1] - east[0])
    if abs(turn) > MOST_TURN:
        raise MatchingError(
            f'The map frame is turned by {math.degrees(turn):.2f} degrees against that of the '
            'descriptor map; set map_origin nearer to the datum of the descriptor map.')
    moved = Pose2(0.0, 0.0, turn).transform(np.array([x[0], y[0]]))
    return Pose2(float(east[0] - moved[0]), float(north[0] - moved[1]), turn)
