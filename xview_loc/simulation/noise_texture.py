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

"""Smooth random fields for surfaces."""

from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> np.ndarray:
    """
    Draw a smooth field of about zero mean and unit deviation.

    :param rng: source of randomness.
    :param shape: ``(height, width)`` of the field.
    :param cell: size of its lumps [px]; below 2 the field is white.
    :return: ``shape`` float32.
    """
    if cell < 2.0:
        return rng.standard_normal(shape, dtype=np.float32)
    coarse = [int(np.ceil(side / cell)) + 1 for side in shape]
    field = rng.standard_normal(coarse, dtype=np.float32) * np.float32(1.3)
    size = int(round(coarse[1] * cell)), int(round(coarse[0] * cell))
    field = cv2.resize(field, size, interpolation=cv2.INTER_CUBIC)
    return field[:shape[0], :shape[1]]


def fractal_noise(rng: np.random.Generator, shape: tuple[int, int], cells) -> np.ndarray:
    """
    Add smooth fields of several sizes with equal weight.

    :param rng: source of randomness.
    :param shape: ``(height, width)`` of the field.
    :param cells: sizes of the lumps [px].
    :return: ``shape`` float32 of about zero mean and unit deviation.
    """
    total = np.zeros(shape, np.float32)
    for cell in cells:
        total += smooth_noise(rng, shape, cell)
    return total / np.float32(np.sqrt(len(cells)))
