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


"""What a sensor and its processing make of colours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

TINT = 0.15
DARKEST = 0.7
MOST_FADED = 0.4


class ColourResponse(NamedTuple):
    """
    Gains and fading of a sensor; as it stands, colours stay what they are.

    :param gains: of red, green and blue, not negative.
    :param fading: share of the colour that is lost to grey, in [0, 1].
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fading: float = 0.0

    def seen(self, image: np.ndarray) -> np.ndarray:
        """
        Return an image as the sensor gives it.

        :param image: ``(H, W, 3)`` uint8 RGB.
        :return: of the same shape and type; what is too bright is white.
        """
        if self == ColourResponse():
            return image
        grey = image.mean(axis=2, keepdims=True)
        faded = image + self.fading * (grey - image)
        return np.clip(np.rint(faded * self.gains), 0, 255).astype(np.uint8)


def random_response(rng: np.random.Generator) -> ColourResponse:
    """
    Draw a sensor that is up to 30 % too dark, 15 % off in each channel and 40 % faded.

    :param rng: draws the sensor.
    """
    brightness = rng.uniform(DARKEST, 1.0)
    red, green, blue = (brightness * rng.uniform(1.0 - TINT, 1.0 + TINT, 3)).tolist()
    return ColourResponse((red, green, blue), float(rng.uniform(0.0, MOST_FADED)))
