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

"""
What might stand on an orthophoto: heights that no image tells, made up to hide the ground.

Vegetation is told by its colour and given a height that varies smoothly; cars, walls and poles are
put where the picture shows none, because they move or are too thin to be seen from above.
"""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
import numpy as np

from xview_loc.arrays import frozen
from xview_loc.simulation.noise_texture import smooth_noise

TALLEST_M = 8.0
CLEARANCE_M = 4.0
CAR = (4.5, 1.8, 1.5)


@dataclass(frozen=True)
class Scenery:
    """
    An orthophoto with something standing on it.

    :param colours: ``(H, W, 3)`` uint8 RGB seen from the ground, so with the cars; read-only.
    :param heights: ``(H, W)`` float32 above the ground [m]; read-only.
    :param metres_per_pixel: [m].
    """

    colours: np.ndarray
    heights: np.ndarray
    metres_per_pixel: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        object.__setattr__(self, 'colours', frozen(self.colours))
        object.__setattr__(self, 'heights', frozen(self.heights, np.float32))


def vegetation(image: np.ndarray) -> np.ndarray:
    """
    Return where plants grow by their colour: greener than most of the image, or dark.

    The lower quartile of the greenness is taken as that of the ground, so that a colour cast does
    not let plants grow on asphalt.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :return: ``(H, W)`` float32 from 0 to 1.
    """
    red, green, blue = np.moveaxis(cv2.blur(image, (3, 3)).astype(np.float32), 2, 0)
    brightness = (red + green + blue) / 3.0
    excess = (2.0 * green - red - blue) / (brightness + 8.0)
    excess -= np.clip(np.quantile(excess[::4, ::4], 0.25), -0.1, 0.12)
    green_part = np.clip((excess - 0.05) / 0.2, 0.0, 1.0)
    dark_part = np.clip((55.0 - brightness) / 20.0, 0.0, 1.0)
    return np.maximum(green_part, 0.7 * dark_part).astype(np.float32)


def plant(growth: np.ndarray, metres_per_pixel: float, rng: np.random.Generator) -> np.ndarray:
    """
    Return heights of vegetation, thinned so that most of it is lawn, and low rather than high.

    :param growth: ``(H, W)`` of :func:`vegetation`.
    :param metres_per_pixel: [m].
    :param rng: of what is high.
    :return: ``(H, W)`` float32 [m], 0.5 to 8 where something stands.
    """
    clumps = smooth_noise(rng, growth.shape, 6.0 / metres_per_pixel)
    high = smooth_noise(rng, growth.shape, 12.0 / metres_per_pixel)
    share = rng.uniform(0.1, 0.45)
    stands = (growth > 0.5) & (clumps > np.quantile(clumps[::4, ::4], 1.0 - share))
    level = (high - high.min()) / max(float(np.ptp(high)), 1e-6)
    return np.where(stands, 0.5 + (TALLEST_M - 0.5) * level ** 2, 0.0).astype(np.float32)


def furnish(image: np.ndarray, growth: np.ndarray, metres_per_pixel: float,
            camera: tuple[float, float], rng: np.random.Generator) -> Scenery:
    """
    Put plants, cars, walls and poles on an orthophoto, none within 4 m of the camera.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param growth: ``(H, W)`` of :func:`vegetation`.
    :param metres_per_pixel: [m].
    :param camera: continuous row and column of the camera.
    :param rng: of everything.
    """
    colours, heights = image.copy(), plant(growth, metres_per_pixel, rng)
    for _ in range(rng.poisson(4.0)):
        _park(colours, heights, metres_per_pixel, camera, rng)
    for _ in range(rng.poisson(1.5)):
        start = _place(camera, 6.0, 25.0, metres_per_pixel, rng)
        angle, length = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(4.0, 15.0)
        end = start + length / metres_per_pixel * np.array([math.cos(angle), math.sin(angle)])
        width = max(1, round(0.3 / metres_per_pixel))
        _draw(heights, lambda mask, a=start, b=end, w=width: cv2.line(
            mask, _pixel(a), _pixel(b), 255, w), float(rng.uniform(0.8, 2.5)))
    for _ in range(rng.poisson(5.0)):
        place = _place(camera, 4.5, 20.0, metres_per_pixel, rng)
        _draw(heights, lambda mask, a=place: cv2.circle(mask, _pixel(a), 0, 255, -1), 6.0)
    row, column = (np.arange(side, dtype=np.float32) + 0.5 for side in heights.shape)
    distance = np.hypot(row[:, None] - camera[0], column[None, :] - camera[1])
    heights[distance * metres_per_pixel < CLEARANCE_M] = 0.0
    return Scenery(colours, heights, metres_per_pixel)


def _park(colours: np.ndarray, heights: np.ndarray, metres_per_pixel: float,
          camera: tuple[float, float], rng: np.random.Generator) -> None:
    """Put a car of any colour somewhere around the camera."""
    place = _place(camera, 5.0, 25.0, metres_per_pixel, rng)
    angle = rng.uniform(0.0, 2.0 * math.pi)
    along = np.array([math.cos(angle), math.sin(angle)]) * 0.5 * CAR[0] / metres_per_pixel
    across = np.array([-math.sin(angle), math.cos(angle)]) * 0.5 * CAR[1] / metres_per_pixel
    corners = np.array([place + along + across, place - along + across,
                        place - along - across, place + along - across])
    polygon = np.rint((corners - 0.5)).astype(np.int32)
    colour = rng.integers(10, 245, 3).tolist() if rng.random() < 0.4 else [
        int(rng.integers(15, 240))] * 3
    cv2.fillConvexPoly(colours, polygon, colour)
    _draw(heights, lambda mask: cv2.fillConvexPoly(mask, polygon, 255), CAR[2])


def _place(camera: tuple[float, float], nearest_m: float, farthest_m: float,
           metres_per_pixel: float, rng: np.random.Generator) -> np.ndarray:
    """Return a continuous column and row at a distance from the camera."""
    angle = rng.uniform(0.0, 2.0 * math.pi)
    distance = rng.uniform(nearest_m, farthest_m) / metres_per_pixel
    return np.array([camera[1] + distance * math.cos(angle),
                     camera[0] + distance * math.sin(angle)])


def _draw(heights: np.ndarray, shape, height_m: float) -> None:
    """Raise what a function draws to a height."""
    mask = np.zeros(heights.shape, np.uint8)
    shape(mask)
    heights[mask > 0] = height_m


def _pixel(place: np.ndarray) -> tuple[int, int]:
    """Return column and row of the pixel that holds a place."""
    return int(math.floor(place[0])), int(math.floor(place[1]))
