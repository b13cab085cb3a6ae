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

"""Axes of tiles that are not north-up."""

from __future__ import annotations

import math


def tile_from_world(east: float, north: float, up_heading: float) -> tuple[float, float]:
    """
    Return a vector in the axes of a tile.

    :param east: of the vector [m].
    :param north: of the vector [m].
    :param up_heading: where the tile's upward direction points, clockwise from north [rad].
    :return: to the right and upwards in the tile [m].
    """
    cosine, sine = math.cos(up_heading), math.sin(up_heading)
    return cosine * east - sine * north, sine * east + cosine * north


def world_from_tile(right: float, up: float, up_heading: float) -> tuple[float, float]:
    """
    Return east and north of a vector in the axes of a tile; see :func:`tile_from_world`.

    :param right: to the right in the tile [m].
    :param up: upwards in the tile [m].
    :param up_heading: as above [rad].
    """
    return tile_from_world(right, up, -up_heading)
