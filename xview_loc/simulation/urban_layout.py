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

"""A quarter of a town: an uneven grid of streets with one avenue, and a loop through it."""

from __future__ import annotations

import numpy as np

from xview_loc.simulation.layout import LandUse, lane_route, Layout
from xview_loc.simulation.polyline import Polyline
from xview_loc.simulation.road import Road, RoadKind

LANE_WIDTH = 3.25
TURN_RADIUS = 9.0
TURNED_BY = 0.29


def urban_layout(rng: np.random.Generator) -> Layout:
    """
    Lay out a quarter of six by five streets, none exactly parallel to another.

    The route turns left once and right three times around two blocks.

    :param rng: source of randomness.
    """
    nodes = _street_nodes(rng, columns=6, rows=5)
    columns, rows = nodes.shape[:2]
    roads = [_street(rng, nodes[:, j], avenue=False) for j in range(rows)]
    roads += [_street(rng, nodes[i], avenue=i == 3) for i in range(columns)]
    # Indices of the junctions on the way; the first and the last leg continue beyond the drive.
    way = [(1, 1), (2, 1), (2, 3), (4, 3), (4, 1), (1, 1)]
    corners = [nodes[i, j] for i, j in way]
    corners[0] = 0.55 * corners[0] + 0.45 * corners[1]
    corners = _through(nodes, way, corners)
    route = lane_route(corners, -0.5 * LANE_WIDTH, TURN_RADIUS)
    return Layout(tuple(roads), route, LandUse())


def _through(nodes, way, corners):
    """Insert the junctions that are crossed straight, so that bent streets are followed."""
    result = [corners[0]]
    for (i, j), (k, m), corner in zip(way, way[1:], corners[1:]):
        count = max(abs(k - i), abs(m - j))
        for step in range(1, count):
            result.append(nodes[i + (k - i) * step // count, j + (m - j) * step // count])
        result.append(corner)
    return np.array(result)


def _street_nodes(rng, columns, rows):
    """Return ``(columns, rows, 2)`` junctions of an uneven, turned grid around the origin."""
    east = np.cumsum(rng.uniform(66.0, 92.0, columns))
    north = np.cumsum(rng.uniform(58.0, 80.0, rows))
    grid = np.stack(np.meshgrid(east - east.mean(), north - north.mean(), indexing='ij'), -1)
    grid += rng.uniform(-4.0, 4.0, grid.shape)
    cosine, sine = np.cos(TURNED_BY), np.sin(TURNED_BY)
    return grid @ np.array([[cosine, sine], [-sine, cosine]])


def _street(rng, nodes, avenue):
    """Return the street through some junctions, continued beyond both ends."""
    first = nodes[0] + 2.5 * (nodes[0] - nodes[1])
    last = nodes[-1] + 2.5 * (nodes[-1] - nodes[-2])
    centre = Polyline(np.concatenate([[first], nodes, [last]]))
    if avenue:
        return Road(centre, RoadKind.AVENUE, lanes=2, lane_width=LANE_WIDTH, parking_width=0.0,
                    sidewalk_width=3.5)
    return Road(centre, RoadKind.STREET, lane_width=LANE_WIDTH,
                parking_width=float(rng.choice([0.0, 2.1, 2.1])),
                sidewalk_width=float(rng.uniform(2.0, 3.2)))
