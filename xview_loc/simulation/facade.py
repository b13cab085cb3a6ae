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

"""Walls and roofs: colours and window patterns."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.building import Building, RoofKind, STOREY_M

WALLS = ((206, 190, 160), (188, 176, 166), (158, 96, 76), (216, 210, 198), (174, 150, 116),
         (148, 154, 160), (200, 172, 140), (128, 84, 70), (190, 196, 190), (222, 206, 168),
         (164, 168, 176), (182, 134, 110))
TILES = ((152, 82, 62), (120, 70, 58), (92, 84, 84), (164, 100, 72))
FLATS = ((150, 150, 150), (122, 122, 126), (176, 172, 164), (98, 100, 102))
PIXELS_PER_METRE = 12


def wall_colour(style: int) -> tuple[int, int, int]:
    """Return the RGB of the walls of a style."""
    return WALLS[style % len(WALLS)]


def roof_colour(building: Building) -> tuple[int, int, int]:
    """Return the RGB of a roof."""
    choice = FLATS if building.roof is RoofKind.FLAT else TILES
    return choice[building.style % len(choice)]


def facade_texture(length: float, height: float, style: int,
                   rng: np.random.Generator) -> np.ndarray:
    """
    Draw a wall with windows, a door and a plinth.

    :param length: of the wall [m].
    :param height: of the wall [m].
    :param style: of the building.
    :param rng: source of randomness for dirt, curtains and the door.
    :return: ``(H, W, 3)`` uint8 RGB with ``PIXELS_PER_METRE``; row 0 at the top.
    """
    scale = PIXELS_PER_METRE
    shape = (max(int(round(height * scale)), 8), max(int(round(length * scale)), 8))
    image = np.empty((*shape, 3), np.uint8)
    image[:] = wall_colour(style)
    coarse = rng.normal(1.0, 0.05, (shape[0] // 10 + 2, shape[1] // 10 + 2)).astype(np.float32)
    dirt = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    image = cv2.multiply(image, cv2.merge([dirt] * 3), dtype=cv2.CV_8U)
    cv2.rectangle(image, (0, shape[0] - int(0.5 * scale)), (shape[1], shape[0]),
                  tuple(int(0.72 * c) for c in wall_colour(style)), -1)
    pitch = 2.2 + 0.35 * (style % 5)
    width, tall = 1.0 + 0.2 * (style % 3), 1.4 + 0.15 * (style % 4)
    columns = max(int((length - 0.8) / pitch), 1)
    first = 0.5 * (length - (columns - 1) * pitch)
    floors = max(int((height - 0.4) / STOREY_M), 1)
    door = int(rng.integers(columns))
    for floor in range(floors):
        for column in range(columns):
            x = first + column * pitch
            base = 0.6 + floor * STOREY_M
            if floor == 0 and column == door:
                _pane(image, x, 0.05, 1.1, 2.2, (72, 58, 50), (150, 146, 140))
            else:
                glass = tuple(int(c) for c in np.array([70, 82, 96]) + rng.integers(-26, 40))
                _pane(image, x, base + 0.5, width, tall, glass, (226, 224, 218))
    return image


def _pane(image, x, bottom, width, height, colour, frame):
    """Draw a framed rectangle; metres from the lower left corner of the wall."""
    scale = PIXELS_PER_METRE
    rows = image.shape[0]
    left, right = int((x - 0.5 * width) * scale), int((x + 0.5 * width) * scale)
    top, low = rows - int((bottom + height) * scale), rows - int(bottom * scale)
    cv2.rectangle(image, (left - 1, top - 1), (right + 1, low + 1), frame, -1)
    cv2.rectangle(image, (left, top), (right, low), colour, -1)
    cv2.line(image, ((left + right) // 2, top), ((left + right) // 2, low), frame, 1)
