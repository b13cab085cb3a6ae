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

"""Cutting squares, turned or not, out of large images."""

from __future__ import annotations

import math

import cv2
import numpy as np


def cut_square(image: np.ndarray, centre: tuple[float, float], size: int,
               up_heading: float = 0.0) -> np.ndarray:
    """
    Cut a square out of an image; what lies beyond the image is black.

    A square that is not turned and has its corner on a whole pixel is copied; others are
    interpolated bilinearly, once, however turn and shift came about.

    :param image: ``(H, W, 3)`` uint8, north up.
    :param centre: continuous column and row of the square's centre, pixel centres at +0.5.
    :param size: side of the square [px].
    :param up_heading: what shall be up, clockwise from north [rad].
    :return: ``(size, size, 3)`` uint8.
    """
    left, top = centre[0] - 0.5 * size, centre[1] - 0.5 * size
    if up_heading == 0.0 and left == round(left) and top == round(top):
        return _window(image, round(top), round(left), size)
    # A window around the square keeps coordinates small: OpenCV maps in float32.
    reach = math.ceil(size * math.sqrt(0.5)) + 2
    first_column, first_row = math.floor(centre[0]) - reach, math.floor(centre[1]) - reach
    window = _window(image, first_row, first_column, 2 * reach)
    cosine, sine = math.cos(up_heading), math.sin(up_heading)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([centre[0] - first_column, centre[1] - first_row]) - 0.5
    shift = middle - turn @ np.full(2, 0.5 * size - 0.5)
    return cv2.warpAffine(window, np.column_stack([turn, shift]), (size, size),
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _window(image: np.ndarray, top: int, left: int, size: int) -> np.ndarray:
    """Copy a square of which parts may lie beyond the image."""
    result = np.zeros((size, size, 3), np.uint8)
    height, width = image.shape[:2]
    rows = slice(max(top, 0), max(min(top + size, height), 0))
    columns = slice(max(left, 0), max(min(left + size, width), 0))
    if rows.start < rows.stop and columns.start < columns.stop:
        result[rows.start - top:rows.stop - top,
               columns.start - left:columns.stop - left] = image[rows, columns]
    return result
