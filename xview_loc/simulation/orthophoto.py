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

"""The photograph from above: ground, roofs, crowns and cars."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.simulation.appearance import Appearance
from xview_loc.simulation.building import Building, Car, roof_faces, RoofKind
from xview_loc.simulation.city import City
from xview_loc.simulation.facade import roof_colour, wall_colour
from xview_loc.simulation.ground_texture import paint_ground
from xview_loc.simulation.map_drawing import fill_circle, fill_polygon

# How far the photograph shows a metre of height away from its foot (east, north) [m].
LEAN_PER_METRE = np.array([0.045, -0.03])


def render_orthophoto(city: City, appearance: Appearance,
                      metres_per_pixel: float = 0.2) -> tuple[np.ndarray, PatchGeometry]:
    """
    Photograph the city from above.

    The ground is in its true place; heights lean by 5 % as at the edge of an aerial image.

    :param city: what exists.
    :param appearance: the day.
    :param metres_per_pixel: resolution, not finer than the city's ground raster [m].
    :return: ``(H, W, 3)`` uint8 RGB and its place.
    """
    image = paint_ground(city, appearance)
    for car in city.photo_cars:
        _draw_car(image, city.geometry, car, appearance)
    for building in sorted(city.buildings, key=lambda item: item.height):
        _draw_building(image, city.geometry, building, appearance)
    _draw_crowns(image, city, appearance)
    scale = city.geometry.metres_per_pixel / metres_per_pixel
    size = (int(round(city.geometry.width * scale)), int(round(city.geometry.height * scale)))
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    image = _developed(image, np.random.default_rng([city.seed, 21]))
    geometry = PatchGeometry(city.geometry.centre_x, city.geometry.centre_y, metres_per_pixel,
                             size[1], size[0])
    return image, geometry


def _lit(colour, light):
    return tuple(int(np.clip(channel * light, 0, 255)) for channel in colour)


def _draw_car(image, geometry, car: Car, appearance):
    body = car.footprint()
    light = appearance.light_on((0.0, 0.0, 1.0))
    fill_polygon(image, geometry, body, _lit(car.colour, light))
    half_length, half_width = 0.5 * car.length, 0.42 * car.width
    for rear, front in ((0.18, 0.32), (0.62, 0.74)):
        x0, x1 = (rear - 0.5) * 2.0 * half_length, (front - 0.5) * 2.0 * half_length
        glass = np.array([[x0, -half_width], [x1, -half_width], [x1, half_width],
                          [x0, half_width]])
        fill_polygon(image, geometry, car.pose.transform(glass), (44, 50, 58))


def _draw_building(image, geometry, building: Building, appearance):
    foot = building.footprint()
    top = foot + building.eaves * LEAN_PER_METRE
    for k in range(4):
        edge = [foot[k], foot[(k + 1) % 4], top[(k + 1) % 4], top[k]]
        fill_polygon(image, geometry, np.array(edge), _lit(wall_colour(building.style), 0.55))
    colour = roof_colour(building)
    if building.roof is RoofKind.FLAT:
        fill_polygon(image, geometry, top, _lit(colour, 1.12))
        inner = building.footprint(-0.5) + building.eaves * LEAN_PER_METRE
        fill_polygon(image, geometry, inner, _lit(colour, 1.0))
        _draw_roof_boxes(image, geometry, building, appearance)
        return
    for face, normal in roof_faces(building):
        shown = face[:, :2] + face[:, 2:] * LEAN_PER_METRE
        fill_polygon(image, geometry, shown, _lit(colour, appearance.light_on(normal)))


def _draw_roof_boxes(image, geometry, building, appearance):
    """Draw the machinery of a flat roof with its shadows."""
    rng = np.random.default_rng([building.style, int(building.length * 1000.0)])
    for _ in range(int(rng.integers(2, 6))):
        x = rng.uniform(-0.35, 0.35) * building.length
        y = rng.uniform(-0.3, 0.3) * building.depth
        size = rng.uniform(0.5, 1.4, 2)
        box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size + (x, y)
        corners = building.pose.transform(box) + building.eaves * LEAN_PER_METRE
        shadow = np.concatenate([corners, corners + 1.3 * appearance.shadow_per_metre])
        hull = cv2.convexHull(shadow.astype(np.float32))[:, 0]
        fill_polygon(image, geometry, hull, (62, 64, 70))
        grey = int(rng.integers(120, 205))
        fill_polygon(image, geometry, corners, (grey, grey, grey))


def _draw_crowns(image, city, appearance):
    """Draw each crown as clumps of leaves, lighter towards the sun."""
    rng = np.random.default_rng([city.seed, 22])
    sunward = appearance.to_sun[:2] / np.hypot(*appearance.to_sun[:2])
    for tree in city.trees:
        centre = np.array([tree.x, tree.y]) + 0.6 * tree.height * LEAN_PER_METRE
        colour = np.array(appearance.leaves[tree.kind], np.float64)
        fill_circle(image, city.geometry, *centre, 0.86 * tree.radius, tuple(0.6 * colour))
        for angle, reach, size in rng.uniform((0.0, 0.2, 0.18), (6.28, 0.85, 0.36), (26, 3)):
            spot = reach * np.array([np.cos(angle), np.sin(angle)])
            light = 0.85 + 0.4 * float(spot @ sunward) + rng.uniform(-0.12, 0.12)
            fill_circle(image, city.geometry, *(centre + spot * tree.radius),
                        size * tree.radius, tuple(np.clip(light * colour, 0, 255)))


def _developed(image, rng):
    """Apply the softness, tone and grain of the aerial camera."""
    image = cv2.GaussianBlur(image, (0, 0), 0.6).astype(np.float32)
    grain = cv2.GaussianBlur(rng.standard_normal(image.shape[:2], dtype=np.float32), (0, 0), 0.7)
    image = 255.0 * (image / 255.0) ** np.float32(0.92) * np.array([1.02, 1.0, 0.95], np.float32)
    image += 5.0 * grain[..., None]
    return np.clip(image, 0.0, 255.0).astype(np.uint8)
