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

"""The standing parts of a city as faces: walls, roofs, parked cars and the far tree line."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.appearance import Appearance
from xview_loc.simulation.building import Building, roof_faces, RoofKind
from xview_loc.simulation.car_faces import car_faces, CarTextures
from xview_loc.simulation.city import City
from xview_loc.simulation.facade import facade_texture, roof_colour, wall_colour
from xview_loc.simulation.face import (
    Face, face_from_corners, FaceSet, join_face_sets, make_face_set, Texture)

BUILDING_REACH_M = 240.0
PARKED_CAR_REACH_M = 75.0
TREE_LINE_M = 11.0
WALL_SIGHT_M = 1500.0


def city_faces(city: City, appearance: Appearance) -> FaceSet:
    """
    Return everything that stands up and does not move, except trees.

    :param city: what exists.
    :param appearance: the day.
    """
    rng = np.random.default_rng([city.seed, 41])
    walls: list[Face] = []
    for building in city.buildings:
        walls += building_faces(building, appearance, rng)
    textures = CarTextures(appearance)
    cars = [face for car in city.drive_cars for face in car_faces(car, textures)]
    standing = join_face_sets(make_face_set(walls, BUILDING_REACH_M),
                              make_face_set(cars, PARKED_CAR_REACH_M))
    return join_face_sets(standing, make_face_set(_tree_line(city, appearance, rng),
                                                  WALL_SIGHT_M))


def building_faces(building: Building, appearance: Appearance,
                   rng: np.random.Generator) -> list[Face]:
    """
    Return the walls and the roof of a building.

    :param building: the building.
    :param appearance: the day.
    :param rng: source of randomness for the walls' details.
    """
    foot = building.footprint()
    faces = []
    for k in range(4):
        start, end = foot[k], foot[(k + 1) % 4]
        length = float(np.hypot(*(end - start)))
        normal = np.array([end[1] - start[1], start[0] - end[0], 0.0]) / length
        image = facade_texture(length, building.eaves, building.style, rng)
        texture = Texture(_lit(image, appearance.light_on(normal)))
        corners = [(*start, 0.0), (*end, 0.0), (*end, building.eaves), (*start, building.eaves)]
        faces.append(face_from_corners(corners, texture))
        if building.roof is RoofKind.GABLE and k % 2 == 1:
            peak = (*building.ridge()[1 if k == 1 else 0], building.height)
            plain = _plain(wall_colour(building.style), appearance.light_on(normal))
            faces.append(face_from_corners([corners[3], corners[2], peak], plain))
    if building.roof is not RoofKind.FLAT:
        for corners, normal in roof_faces(building):
            texture = Texture(_lit(_tiles(building), appearance.light_on(normal)))
            faces.append(face_from_corners(corners, texture))
    return faces


def _lit(image, light):
    return cv2.convertScaleAbs(image, alpha=light)


def _plain(colour, light):
    image = np.empty((8, 8, 3), np.uint8)
    image[:] = colour
    return Texture(_lit(image, light))


def _tiles(building):
    """Draw rows of tiles."""
    image = np.empty((48, 48, 3), np.uint8)
    image[:] = roof_colour(building)
    image[::6] = tuple(int(0.8 * channel) for channel in roof_colour(building))
    return image


def _tree_line(city, appearance, rng):
    """Return woods along the rim of the world, which close the view."""
    west, south, east, north = city.layout.bounds
    rim = np.array([(west, south), (west, north), (east, north), (east, south)])
    rim = rim + np.array([(2, 2), (2, -2), (-2, -2), (-2, 2)])
    faces = []
    for start, end in zip(rim, np.roll(rim, -1, axis=0)):
        count = max(int(np.hypot(*(end - start)) / 60.0), 1)
        stops = start + np.linspace(0.0, 1.0, count + 1)[:, None] * (end - start)
        for first, last in zip(stops, stops[1:]):
            texture = Texture(_woods(appearance, rng))
            corners = [(*first, 0.0), (*last, 0.0), (*last, TREE_LINE_M), (*first, TREE_LINE_M)]
            faces.append(face_from_corners(corners, texture))
    return faces


def _woods(appearance, rng):
    """Draw a row of crowns with an open sky above, paled by distance."""
    image = np.zeros((64, 256, 4), np.uint8)
    haze = np.array(appearance.haze, np.float64)
    for _ in range(120):
        leaves = np.array(appearance.leaves[int(rng.integers(len(appearance.leaves)))])
        colour = 0.7 * rng.uniform(0.6, 0.95) * leaves + 0.3 * haze * 0.8
        column, row = rng.uniform(0, 256), rng.uniform(22, 60)
        cv2.circle(image, (int(column), int(row)), int(rng.uniform(7, 14)),
                   (*(int(c) for c in colour), 255), -1)
    image[50:, :, 3] = 255
    image[50:, :, :3] = np.where(image[50:, :, :3] == 0, 70, image[50:, :, :3])
    return image
