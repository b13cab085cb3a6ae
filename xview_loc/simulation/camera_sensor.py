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

"""What a real camera does to a perfect picture: blur, exposure, vignetting and noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

BANK_MARGIN = 128


@dataclass(frozen=True)
class SensorModel:
    """
    Imperfections of the camera.

    :param blur_px: standard deviation of the lens blur [px].
    :param noise: standard deviation of the noise at mid grey, in steps of 255.
    :param exposure_swing: how far the exposure wanders, as a share.
    :param exposure_time_s: correlation time of the exposure [s].
    :param vignetting: loss of light in the corners, as a share.
    :param balance: gains of red, green and blue against the true colours.
    :param blackout: the lens is covered.
    """

    blur_px: float = 0.6
    noise: float = 3.0
    exposure_swing: float = 0.14
    exposure_time_s: float = 4.0
    vignetting: float = 0.28
    balance: tuple[float, float, float] = (0.97, 1.0, 1.06)
    blackout: bool = False


class CameraSensor:
    """
    Exposes pictures one after the other.

    :param shape: ``(height, width)`` of the pictures.
    :param rate_hz: frame rate [Hz].
    :param model: imperfections.
    :param rng: source of randomness.
    """

    def __init__(self, shape: tuple[int, int], rate_hz: float, model: SensorModel,
                 rng: np.random.Generator):
        """Draw a bank of noise and the vignetting."""
        self._model = model
        self._rng = rng
        self._shape = shape
        bank = (shape[0] + BANK_MARGIN, shape[1] + BANK_MARGIN, 3)
        grain = rng.standard_normal(bank, dtype=np.float32)
        self._bank = cv2.GaussianBlur(grain, (0, 0), 0.45) * np.float32(1.4 * model.noise)
        rows, columns = np.meshgrid(np.linspace(-1.0, 1.0, shape[0]),
                                    np.linspace(-1.0, 1.0, shape[1]), indexing='ij')
        falloff = 1.0 - 0.5 * model.vignetting * (rows ** 2 + columns ** 2)
        gains = falloff[..., None] * np.array(model.balance)
        self._gains = gains.astype(np.float32)
        self._keep = float(np.exp(-1.0 / (rate_hz * model.exposure_time_s)))
        self._wander = float(rng.normal(0.0, model.exposure_swing))

    def expose(self, image: np.ndarray) -> np.ndarray:
        """
        Return the next picture of the camera.

        :param image: ``(H, W, 3)`` uint8 RGB, the perfect picture.
        :return: ``(H, W, 3)`` uint8 RGB.
        """
        model = self._model
        self._wander = self._keep * self._wander + float(self._rng.normal(
            0.0, model.exposure_swing * np.sqrt(1.0 - self._keep ** 2)))
        row, column = (int(shift) for shift in self._rng.integers(0, BANK_MARGIN, 2))
        noise = self._bank[row:row + self._shape[0], column:column + self._shape[1]]
        if model.blackout:
            return cv2.add(np.zeros_like(image), np.abs(0.3 * noise), dtype=cv2.CV_8U)
        blurred = cv2.GaussianBlur(image, (0, 0), model.blur_px)
        exposure = 1.0 + float(np.clip(self._wander, -0.3, 0.3))
        exposed = cv2.multiply(blurred, self._gains, scale=exposure, dtype=cv2.CV_32F)
        return cv2.add(exposed, noise, dtype=cv2.CV_8U)
