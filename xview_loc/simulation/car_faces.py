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

"""Cars as faces."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.appearance import Appearance
from xview_loc.simulation.building import Car
from xview_loc.simulation.face import Face, face_from_corners, Texture

GLASS = (48, 54, 62)
TYRE = (26, 26, 28)
SIDE_PIXELS = (60, 168)
BELT = 0.62
SHADOW = (34, 35, 39)


class CarTextures:
    """
    Pictures of the parts of cars, lit for a day and kept for each colour.

    :param appearance: the day.
    """

    def __init__(self, appearance: Appearance):
        """Start empty."""
        self._appearance = appearance
        self._kept: dict[tuple, Texture] = {}

    def get(self, part: str, colour: tuple[int, int, int], normal: np.ndarray) -> Texture:
        """
        Return the picture of a part.

        :param part: ``side``, ``front``, ``rear``, ``panel`` or ``glass``.
        :param colour: RGB of the paint.
        :param normal: ``(3,)`` of the face; the light on it is kept in 8 steps.
        """
        light = round(0.15 + 6.0 * self._appearance.light_on(normal)) / 6.0
        key = (part, colour, light)
        if key not in self._kept:
            image = _PARTS[part](colour)
            image[..., :3] = np.clip(image[..., :3] * light, 0, 255).astype(np.uint8)
            self._kept[key] = Texture(image)
        return self._kept[key]


def car_faces(car: Car, textures: CarTextures) -> list[Face]:
    """
    Return the faces of a car: two sides cut to its outline, and the panels between them.

    :param car: the car.
    :param textures: of the day.
    """
    half, top = 0.5 * car.width, car.height
    belt, floor = BELT * top, 0.22
    length = car.length
    outline = [(0.5 * length, floor), (0.5 * length, belt - 0.12), (0.24 * length, belt),
               (0.07 * length, top), (-0.3 * length, top), (-0.44 * length, belt),
               (-0.5 * length, belt - 0.08), (-0.5 * length, floor)]
    parts = ('front', 'panel', 'glass', 'panel', 'glass', 'panel', 'rear')
    rotation = np.array([[np.cos(car.pose.yaw), -np.sin(car.pose.yaw), 0.0],
                         [np.sin(car.pose.yaw), np.cos(car.pose.yaw), 0.0], [0.0, 0.0, 1.0]])
    place = np.array([car.pose.x, car.pose.y, 0.0])

    def face(part, corners):
        corners = np.asarray(corners) @ rotation.T + place
        normal = np.cross(corners[1] - corners[0], corners[-1] - corners[0])
        normal = normal / np.linalg.norm(normal)
        return face_from_corners(corners, textures.get(part, car.colour, normal))

    faces = []
    for part, (x0, z0), (x1, z1) in zip(parts, outline, outline[1:]):
        faces.append(face(part, [(x0, -half, z0), (x0, half, z0), (x1, half, z1),
                                 (x1, -half, z1)]))
    for side in (-half, half):
        ends = (-0.5 * length, 0.5 * length) if side < 0.0 else (0.5 * length, -0.5 * length)
        faces.append(face('side' if side < 0.0 else 'mirrored', [
            (ends[0], side, 0.0), (ends[1], side, 0.0), (ends[1], side, top),
            (ends[0], side, top)]))
    return faces


def car_shadow(car: Car, textures: CarTextures) -> Face:
    """
    Return the dark ground below a car that the ground raster does not show.

    :param car: the car.
    :param textures: of the day.
    """
    ground = np.column_stack([car.footprint(), np.full(4, 0.02)])
    up = np.array([0.0, 0.0, 1.0])
    return face_from_corners(ground, textures.get('panel', SHADOW, up))


def _side(colour):
    """Draw the outline, windows and wheels; the car drives to the right."""
    height, width = SIDE_PIXELS
    image = np.zeros((height, width, 4), np.uint8)

    def shape(points, fill):
        pixels = [(int(width * (0.5 + x)), int(height * (1.0 - z))) for x, z in points]
        cv2.fillPoly(image, [np.array(pixels, np.int32)], (*fill, 255))

    shape([(0.5, 0.13), (0.5, BELT - 0.08), (0.24, BELT), (0.07, 1.0), (-0.3, 1.0),
           (-0.44, BELT), (-0.5, BELT - 0.05), (-0.5, 0.13)], colour)
    shape([(0.20, BELT + 0.01), (0.06, 0.95), (-0.1, 0.95), (-0.1, BELT + 0.01)], GLASS)
    shape([(-0.13, BELT + 0.01), (-0.13, 0.95), (-0.29, 0.95), (-0.40, BELT + 0.01)], GLASS)
    shape([(0.5, 0.13), (0.5, 0.2), (-0.5, 0.2), (-0.5, 0.13)], (52, 52, 54))
    for middle in (-0.31, 0.31):
        centre = (int(width * (0.5 + middle)), int(height * 0.79))
        cv2.circle(image, centre, int(0.215 * height), (*TYRE, 255), -1)
        cv2.circle(image, centre, int(0.115 * height), (140, 142, 146, 255), -1)
    return image


def _mirrored(colour):
    return np.ascontiguousarray(_side(colour)[:, ::-1])


def _end(colour, lamp):
    """Draw the front or rear below the windows."""
    image = np.empty((36, 60, 3), np.uint8)
    image[:] = colour
    cv2.rectangle(image, (0, 27), (59, 35), (50, 50, 52), -1)
    for left in (2, 46):
        cv2.rectangle(image, (left, 8), (left + 11, 15), lamp, -1)
    cv2.rectangle(image, (22, 18), (37, 23), (222, 222, 214), -1)
    return image


def _plain(colour):
    image = np.empty((8, 8, 3), np.uint8)
    image[:] = colour
    return image


_PARTS = {
    'side': _side,
    'mirrored': _mirrored,
    'front': lambda colour: _end(colour, (236, 236, 226)),
    'rear': lambda colour: _end(colour, (176, 26, 24)),
    'panel': _plain,
    'glass': lambda colour: _plain(GLASS),
}
