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

"""Shadows on level ground."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.simulation.building import Building, Car, Tree
from xview_loc.simulation.map_drawing import fill_polygon

PENUMBRA_M = 0.15
TREE_DENSITY = 200
CONTACT_M = 0.25


def shadow_mask(geometry: PatchGeometry, shadow_per_metre: np.ndarray,
                buildings: tuple[Building, ...], trees: tuple[Tree, ...],
                cars: tuple[Car, ...]) -> np.ndarray:
    """
    Cast the shadows of everything that stands up.

    :param geometry: place of the result.
    :param shadow_per_metre: ``(2,)`` displacement of the shadow of a metre of height [m].
    :param buildings: cast by their walls and ridges.
    :param trees: cast by their crowns, not quite dark.
    :param cars: cast by a box, and darken the ground below them.
    :return: ``(H, W)`` uint8, 255 where the sun is hidden.
    """
    mask = np.zeros(geometry.shape, np.uint8)
    for tree in trees:
        _cast_crown(mask, geometry, tree, shadow_per_metre)
    for building in buildings:
        solid = _points(building.footprint(), building.eaves, shadow_per_metre)
        if building.rise > 0.0:
            solid = np.concatenate(
                [solid, building.ridge() + building.height * shadow_per_metre])
        _cast(mask, geometry, solid)
    for car in cars:
        _cast(mask, geometry, _points(car.footprint(), 0.85 * car.height, shadow_per_metre))
    blur = PENUMBRA_M / geometry.metres_per_pixel
    return cv2.GaussianBlur(mask, (0, 0), max(blur, 0.3))


def _points(footprint, height, shadow_per_metre):
    return np.concatenate([footprint, footprint + height * shadow_per_metre])


def _cast(mask, geometry, points):
    hull = cv2.convexHull(points.astype(np.float32))[:, 0]
    fill_polygon(mask, geometry, hull, 255)


def _cast_crown(mask, geometry, tree, shadow_per_metre):
    """Cast the crown as an ellipse stretched along the shadow."""
    angles = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)
    ripple = 1.0 + 0.12 * np.sin(3.0 * angles + tree.kind) + 0.08 * np.sin(7.0 * angles)
    rim = tree.radius * ripple[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    length = float(np.hypot(*shadow_per_metre))
    along = shadow_per_metre / max(length, 1e-9)
    stretch = max(1.0, 0.8 * length)
    rim = rim + (stretch - 1.0) * (rim @ along)[:, None] * along
    middle = (tree.height - tree.radius) * shadow_per_metre
    fill_polygon(mask, geometry, rim + middle + (tree.x, tree.y), TREE_DENSITY)
    trunk = np.array([[-0.15, -0.15], [0.15, -0.15], [0.15, 0.15], [-0.15, 0.15]])
    foot = trunk + (tree.x, tree.y)
    _cast(mask, geometry, np.concatenate([foot, foot + middle]))
