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

"""Placing of buildings along the roads."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.geometry.pose2 import Pose2
from xview_loc.simulation.building import Building, RoofKind, STOREY_M
from xview_loc.simulation.layout import Layout, world_geometry
from xview_loc.simulation.map_drawing import drawing_coordinates, SHIFT, window_of
from xview_loc.simulation.road import Road
from xview_loc.simulation.surface import occupied_mask

CELL_M = 0.5
ROOFS = (RoofKind.FLAT, RoofKind.GABLE, RoofKind.GABLE, RoofKind.HIP)
STYLES = 12


class Plots:
    """
    Keeps account of the ground that is still free.

    :param layout: the roads.
    :param clearance: to keep from sidewalks; ``None`` leaves the roads free too [m].
    """

    def __init__(self, layout: Layout, clearance: float | None):
        """Mark the roads."""
        self.geometry = world_geometry(layout, CELL_M)
        if clearance is None:
            self._taken = np.zeros(self.geometry.shape, np.uint8)
        else:
            self._taken = occupied_mask(layout, self.geometry, clearance)

    def take(self, polygon: np.ndarray, margin: float = 0.0) -> bool:
        """
        Reserve a convex polygon if all of it is free and inside the world.

        :param polygon: ``(N, 2)`` in ``map`` [m].
        :param margin: to keep free around it [m].
        """
        if not self.geometry.contains(polygon[:, 0], polygon[:, 1], 1.0).all():
            return False
        ground, mask = self._drawn(polygon, margin)
        if np.any(ground & mask):
            return False
        ground |= mask
        return True

    def block(self, polygon: np.ndarray):
        """
        Mark a convex polygon as taken whatever lies there.

        :param polygon: ``(N, 2)`` in ``map``, at least partly inside the world [m].
        """
        ground, mask = self._drawn(polygon, 0.0)
        ground |= mask

    def _drawn(self, polygon, margin):
        """Return the ground around a polygon, as a view, and the polygon drawn there."""
        rows, columns, part = window_of(self.geometry, polygon, 2 + int(margin / CELL_M))
        mask = np.zeros(part.shape, np.uint8)
        corners = drawing_coordinates(part, polygon)
        cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_8, SHIFT)
        cv2.polylines(mask, [corners], True, 255, 1 + 2 * int(margin / CELL_M), cv2.LINE_8, SHIFT)
        return self._taken[rows, columns], mask


def place_buildings(layout: Layout, rng: np.random.Generator) -> tuple[Building, ...]:
    """
    Line the roads with buildings, front to the road, none overlapping.

    :param layout: roads and land use.
    :param rng: source of randomness.
    """
    plots = Plots(layout, clearance=0.5)
    buildings: list[Building] = []
    for road in layout.roads:
        for side in ((-1.0,) if road.one_way else (-1.0, 1.0)):
            buildings += _row(road, side, layout, plots, rng)
    return tuple(buildings)


def _row(road: Road, side: float, layout: Layout, plots: Plots, rng) -> list[Building]:
    """Place a row of buildings on one side of a road (1 left, -1 right)."""
    use = layout.land_use
    row = []
    station = rng.uniform(0.0, 10.0)
    setback = rng.uniform(*use.setback)
    while station < road.centre.length - use.building_length[0]:
        length, depth = rng.uniform(*use.building_length), rng.uniform(*use.building_depth)
        middle = station + 0.5 * length
        point, yaw = road.centre.at(middle), float(road.centre.yaw_at(middle))
        if rng.random() < 0.3:
            setback = rng.uniform(*use.setback)
        distance = road.half_width + road.sidewalk_width + setback + 0.5 * depth
        # The front (-y) of the building faces the road.
        pose = Pose2(float(point[0]), float(point[1]), yaw) @ Pose2(
            0.0, side * distance, 0.0 if side > 0.0 else np.pi)
        building = _building(pose, length, depth, use.storeys, rng)
        if rng.random() < use.building_share and plots.take(building.footprint(), 0.5):
            row.append(building)
            station += length + rng.uniform(*use.gap)
        else:
            station += 6.0
    return row


def _building(pose, length, depth, storeys, rng):
    floors = int(rng.integers(storeys[0], storeys[1] + 1))
    roof = ROOFS[int(rng.integers(len(ROOFS)))] if floors < 5 else RoofKind.FLAT
    rise = 0.0 if roof is RoofKind.FLAT else rng.uniform(0.3, 0.45) * 0.5 * depth * 2.0
    return Building(pose, length, depth, floors * STOREY_M + 0.6, roof, rise,
                    int(rng.integers(STYLES)))
