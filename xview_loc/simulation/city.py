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

"""A procedural city: everything that exists, without how it looks on a given day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.simulation.building import Building, Car, Tree
from xview_loc.simulation.layout import Layout, world_geometry
from xview_loc.simulation.planting import plant_trees
from xview_loc.simulation.plots import place_buildings
from xview_loc.simulation.road_markings import repair_patches, road_markings
from xview_loc.simulation.surface import build_surface, SurfaceMap
from xview_loc.simulation.traffic import lane_cars, park_cars

NEW_PATCH_SHARE = 0.3


@dataclass(frozen=True)
class City:
    """
    What exists in the world, and what differs between the photograph and the drive.

    :param layout: roads, route and land use.
    :param surface: material of the ground.
    :param markings: painted polygons, each ``(N, 2)`` in ``map`` [m].
    :param buildings: all buildings.
    :param trees: all trees.
    :param drive_cars: cars that stand at the roadside during the drive.
    :param photo_cars: cars on the day of the orthophoto, standing and moving.
    :param drive_patches: repaired asphalt at the time of the drive, ``(4, 2)`` each.
    :param photo_patches: the older ones of them, which the orthophoto shows.
    :param seed: of everything random about the city.
    """

    layout: Layout
    surface: SurfaceMap
    markings: tuple[np.ndarray, ...]
    buildings: tuple[Building, ...]
    trees: tuple[Tree, ...]
    drive_cars: tuple[Car, ...]
    photo_cars: tuple[Car, ...]
    drive_patches: tuple[np.ndarray, ...]
    photo_patches: tuple[np.ndarray, ...]
    seed: int

    @property
    def geometry(self) -> PatchGeometry:
        """Return the place of the ground raster."""
        return self.surface.geometry


def build_city(layout: Layout, seed: int, metres_per_pixel: float = 0.1) -> City:
    """
    Fill a layout with life.

    :param layout: roads, route and land use.
    :param seed: same seed, same city.
    :param metres_per_pixel: cell of the ground raster [m].
    """
    streams = np.random.default_rng([seed, 1]).spawn(7)
    geometry = world_geometry(layout, metres_per_pixel)
    buildings = place_buildings(layout, streams[0])
    patches = repair_patches(layout, streams[1])
    old = [patch for patch in patches if streams[1].random() >= NEW_PATCH_SHARE]
    drive_cars, photo_cars = park_cars(layout, streams[2])
    photo_cars += lane_cars(layout, streams[3])
    return City(
        layout=layout,
        surface=build_surface(layout, geometry, streams[4]),
        markings=tuple(road_markings(layout, streams[5])),
        buildings=buildings,
        trees=plant_trees(layout, buildings, streams[6]),
        drive_cars=tuple(drive_cars),
        photo_cars=tuple(photo_cars),
        drive_patches=tuple(patches),
        photo_patches=tuple(old),
        seed=seed)
