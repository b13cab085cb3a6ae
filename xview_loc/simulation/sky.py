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

"""The sky above the horizon."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.simulation.noise_texture import fractal_noise

CLOUD_SIZE = 256
CLOUD_SCALE = 26.0


class Sky:
    """
    A clear gradient with clouds on a plane far above.

    :param haze: RGB at the horizon.
    :param rng: source of randomness for the clouds.
    """

    def __init__(self, haze: tuple[int, int, int], rng: np.random.Generator):
        """Draw the clouds and the gradient."""
        field = fractal_noise(rng, (CLOUD_SIZE, CLOUD_SIZE), (40.0, 17.0, 7.0))
        cover = np.clip(0.25 + 0.4 * field, 0.0, 1.0)
        self._clouds = cv2.GaussianBlur(np.round(255.0 * cover).astype(np.uint8), (0, 0), 1.5)
        rise = np.linspace(0.0, 1.0, 256)[:, None] ** 0.55
        zenith = np.array([104.0, 150.0, 208.0])
        self._gradient = np.round((1.0 - rise) * haze + rise * zenith).astype(np.uint8)

    def render(self, rays: np.ndarray, image: np.ndarray):
        """
        Draw the sky in place wherever a ray points above the horizon.

        :param rays: ``(3, H, W)`` float32 unit rays in ``map``.
        :param image: ``(H, W, 3)`` uint8 RGB.
        """
        above = np.flatnonzero((rays[2] > 0.0).any(axis=1))
        if len(above) == 0:
            return
        rows = slice(int(above[0]), int(above[-1]) + 1)
        east, north, up = rays[:, rows]
        shown = up > 0.0
        safe = np.maximum(up, np.float32(0.03))
        height = np.clip(255.0 * up, 0.0, 255.0).astype(np.uint8)
        gradient = cv2.merge([cv2.LUT(height, self._gradient[:, k].copy()) for k in range(3)])
        clouds = cv2.remap(self._clouds, CLOUD_SCALE * east / safe, CLOUD_SCALE * north / safe,
                           cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        # Clouds thin out towards the horizon, where the plane recedes.
        clouds = cv2.multiply(clouds, cv2.min(height, 120), scale=1.0 / 130.0)
        bright = cv2.addWeighted(gradient, 1.0, cv2.merge([clouds] * 3), 0.45, 0.0)
        np.copyto(image[rows], bright, where=shown[..., None])
