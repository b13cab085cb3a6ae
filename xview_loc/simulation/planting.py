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

"""Placing of trees."""

from __future__ import annotations

import numpy as np

from xview_loc.simulation.building import Building, Tree
from xview_loc.simulation.layout import Layout
from xview_loc.simulation.plots import Plots
from xview_loc.simulation.road_markings import free_intervals

TREE_KINDS = 6


def plant_trees(layout: Layout, buildings: tuple[Building, ...],
                rng: np.random.Generator) -> tuple[Tree, ...]:
    """
    Plant trees along the roads and in the open ground.

    :param layout: roads and land use.
    :param buildings: where no tree can stand.
    :param rng: source of randomness.
    """
    open_ground = Plots(layout, clearance=1.0)
    unbuilt = Plots(layout, clearance=None)
    for building in buildings:
        open_ground.block(building.footprint(1.5))
        unbuilt.block(building.footprint(1.0))
    trees = [tree for tree in _street_trees(layout, rng)
             if unbuilt.take(_square(tree.x, tree.y, 0.6 * tree.radius))]
    use = layout.land_use
    west, south, east, north = layout.bounds
    count = int((east - west) * (north - south) * 1e-4 * use.trees_per_hectare)
    for x, y in rng.uniform((west, south), (east, north), (count, 2)):
        radius = rng.uniform(1.6, 3.8)
        if open_ground.take(_square(x, y, 0.6 * radius)):
            trees.append(_tree(x, y, radius, rng))
    return tuple(trees)


def _square(x, y, half):
    return np.array([[x - half, y - half], [x + half, y - half], [x + half, y + half],
                     [x - half, y + half]])


def _street_trees(layout, rng):
    """Plant rows along some stretches, at the kerb or in the verge."""
    spacing = layout.land_use.street_tree_spacing
    trees: list[Tree] = []
    if spacing <= 0.0:
        return trees
    for road in layout.roads:
        beyond = 0.9 if road.sidewalk_width > 0.0 else 3.5
        for start, end in free_intervals(road, layout):
            for side in (-1.0, 1.0):
                if rng.random() < 0.4:
                    continue
                for station in np.arange(start + 9.0, end - 9.0, spacing):
                    station = station + rng.uniform(-1.5, 1.5)
                    if rng.random() < 0.2:
                        continue
                    x, y = _beside(road, station, side * (road.half_width + beyond))
                    trees.append(_tree(x, y, rng.uniform(1.6, 2.7), rng))
    return trees


def _beside(road, station, offset):
    point, yaw = road.centre.at(station), float(road.centre.yaw_at(station))
    return point[0] - offset * np.sin(yaw), point[1] + offset * np.cos(yaw)


def _tree(x, y, radius, rng):
    height = radius * rng.uniform(2.2, 3.0) + 1.2
    return Tree(float(x), float(y), float(radius), float(height), int(rng.integers(TREE_KINDS)))
