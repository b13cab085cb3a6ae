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

"""What a scenario is laid out from: roads, a route over them, and land use beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.simulation.polyline import filleted, Polyline
from xview_loc.simulation.road import Road


@dataclass(frozen=True)
class LandUse:
    """
    How the land beside the roads is used.

    :param building_share: probability that a place for a building is built on.
    :param building_length: least and greatest frontage [m].
    :param building_depth: least and greatest depth [m].
    :param storeys: least and greatest number of storeys.
    :param setback: least and greatest distance from the sidewalk to the front [m].
    :param gap: least and greatest distance between neighbours [m].
    :param street_tree_spacing: mean distance of trees along a road; 0 for none [m].
    :param trees_per_hectare: trees away from roads.
    :param parked_share: share of the parking strip that is taken.
    :param parcel_m: size of lots or fields [m].
    :param farmland: fields instead of gardens.
    """

    building_share: float = 0.85
    building_length: tuple[float, float] = (11.0, 24.0)
    building_depth: tuple[float, float] = (9.0, 14.0)
    storeys: tuple[int, int] = (2, 6)
    setback: tuple[float, float] = (1.0, 6.0)
    gap: tuple[float, float] = (1.0, 9.0)
    street_tree_spacing: float = 17.0
    trees_per_hectare: float = 22.0
    parked_share: float = 0.5
    parcel_m: float = 22.0
    farmland: bool = False


@dataclass(frozen=True)
class Layout:
    """
    Roads, route and land use of a scenario.

    :param roads: all roads.
    :param route: path of ``base_link`` in ``map``; its middle stretch lies in a lane.
    :param land_use: what stands beside the roads.
    :param margin_m: how far the world reaches beyond the route [m].
    :param crossings: whether junctions have pedestrian crossings and stop lines.
    """

    roads: tuple[Road, ...]
    route: Polyline
    land_use: LandUse = field(default_factory=LandUse)
    margin_m: float = 100.0
    crossings: bool = True

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the world in ``map``, on whole 10 m [m]."""
        low = self.route.points.min(axis=0) - self.margin_m
        high = self.route.points.max(axis=0) + self.margin_m
        west, south = 10.0 * np.floor(low / 10.0)
        east, north = 10.0 * np.ceil(high / 10.0)
        return float(west), float(south), float(east), float(north)


def lane_route(nodes, offset: float, turn_radius: float) -> Polyline:
    """
    Return a drivable path that follows a chain of centrelines at a constant offset.

    :param nodes: ``(N, 2)`` corners of the centrelines [m].
    :param offset: to the left of the direction of travel, negative to the right [m].
    :param turn_radius: radius of the arcs at the corners, where there is room [m].
    """
    nodes = np.asarray(nodes, dtype=np.float64)
    steps = np.diff(nodes, axis=0)
    directions = steps / np.hypot(*steps.T)[:, None]
    normals = np.stack([-directions[:, 1], directions[:, 0]], axis=-1)
    corners = [nodes[0] + offset * normals[0]]
    for corner, before, after in zip(nodes[1:-1], normals, normals[1:]):
        corners.append(corner + offset * (before + after) / (1.0 + before @ after))
    corners.append(nodes[-1] + offset * normals[-1])
    return filleted(corners, turn_radius).smoothed(1.5)


def world_geometry(layout: Layout, metres_per_pixel: float) -> PatchGeometry:
    """Return the raster that covers the bounds of a layout."""
    west, south, east, north = layout.bounds
    return PatchGeometry(
        0.5 * (west + east), 0.5 * (south + north), metres_per_pixel,
        int(round((north - south) / metres_per_pixel)),
        int(round((east - west) / metres_per_pixel)))
