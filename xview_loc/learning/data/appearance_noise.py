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
Making two pictures of one place look as if taken at other times by other cameras.

Without this the same pixels stand on both sides, and features made by hand solve the task.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from xview_loc.simulation.noise_texture import fractal_noise

# Colours of what grows: fresh, dry, autumn, bare soil, snow.
SEASONS = np.array([(70, 120, 50), (165, 150, 95), (150, 95, 45), (110, 95, 80), (225, 228, 232)],
                   np.float32)
OCTAVES_M = (0.4, 1.0, 3.0, 9.0)


def weathered(image: np.ndarray, growth: np.ndarray, heights: np.ndarray,
              metres_per_pixel: float, rng: np.random.Generator,
              strength: float = 1.0) -> np.ndarray:
    """
    Change what the ground itself looks like: season, foreign texture, shadows.

    :param image: ``(H, W, 3)`` uint8 RGB, north up.
    :param growth: ``(H, W)`` where plants grow, 0 to 1.
    :param heights: ``(H, W)`` of what stands [m], for shadows.
    :param metres_per_pixel: [m].
    :param rng: of everything.
    :param strength: multiplies recolouring and texture.
    """
    pixels = image.astype(np.float32)
    season = SEASONS[int(rng.integers(len(SEASONS)))] * np.float32(rng.uniform(0.8, 1.2))
    weight = growth[..., None] * np.float32(min(strength * rng.uniform(0.0, 0.8), 1.0))
    brightness = np.clip(cv2.transform(pixels, np.full((1, 3), 1.0 / 300.0)), 0.5, 1.6)
    pixels += weight * (season * brightness[..., None] - pixels)
    cells = [octave / metres_per_pixel for octave in OCTAVES_M]
    texture = fractal_noise(rng, image.shape[:2], cells)[..., None]
    pixels *= 1.0 + np.float32(strength * rng.uniform(0.03, 0.12)) * texture
    if rng.random() < 0.7:
        shade = shadow(heights, metres_per_pixel, rng.uniform(0.0, 2.0 * math.pi),
                       rng.uniform(math.radians(20.0), math.radians(65.0)))
        pixels *= 1.0 - np.float32(rng.uniform(0.3, 0.6)) * cv2.blur(shade, (3, 3))[..., None]
    return np.clip(pixels, 0.0, 255.0).astype(np.uint8)


def shadow(heights: np.ndarray, metres_per_pixel: float, sun_heading: float,
           sun_elevation: float) -> np.ndarray:
    """
    Return where the sun does not reach the ground.

    :param heights: ``(H, W)`` float32 of what stands [m].
    :param metres_per_pixel: [m].
    :param sun_heading: where the sun is, clockwise from the top [rad].
    :param sun_elevation: its angle above the horizon, in (0, pi / 2) [rad].
    :return: ``(H, W)`` float32, 1 in the shadow; in steps of about two pixels.
    """
    steps = min(math.ceil(float(heights.max()) / math.tan(sun_elevation) / metres_per_pixel / 2),
                40)
    dark = np.zeros(heights.shape, np.float32)
    for step in range(1, steps + 1):
        reach = 2.0 * step
        # What stands towards the sun is moved here, lower by what the ray has come down.
        shift = np.array([[1.0, 0.0, -reach * math.sin(sun_heading)],
                          [0.0, 1.0, reach * math.cos(sun_heading)]])
        size = (heights.shape[1], heights.shape[0])
        moved = cv2.warpAffine(heights, shift, size, flags=cv2.INTER_NEAREST)
        lowered = heights + reach * metres_per_pixel * math.tan(sun_elevation)
        dark[moved > lowered] = 1.0
    return dark


def photographed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """
    Change what a camera makes of a scene: tone, cast, saturation, blur, noise.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param rng: of everything.
    """
    pixels = image.astype(np.float32) / 255.0
    grey = cv2.transform(pixels, np.full((1, 3), 1.0 / 3.0))[..., None]
    pixels = grey + np.float32(rng.uniform(0.5, 1.3)) * (pixels - grey)
    pixels *= rng.uniform(0.88, 1.12, 3).astype(np.float32)
    pixels = np.clip(pixels, 0.0, 1.0) ** np.float32(rng.uniform(0.7, 1.4))
    sigma = float(rng.uniform(0.0, 1.1))
    if sigma > 0.3:
        pixels = cv2.GaussianBlur(pixels, (0, 0), sigma)
    grain = np.float32(rng.uniform(0.0, 0.025))
    pixels += grain * rng.standard_normal(pixels.shape, dtype=np.float32)
    return np.clip(pixels * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
