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

"""Reading and resizing images of data sets; sizes are those of the files, never assumed."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import DataSetError


class Interpolation(Enum):
    """How a published loader resizes."""

    AREA = cv2.INTER_AREA
    BILINEAR = cv2.INTER_LINEAR
    BICUBIC = cv2.INTER_CUBIC


def read_rgb(path: str | Path) -> np.ndarray:
    """
    Read an image file.

    :return: ``(H, W, 3)`` uint8 RGB; the orientation tag is ignored, as labels speak of rows.
    :raises DataSetError: naming the file that is missing or damaged.
    """
    path = Path(path)
    require_file(path, 'an image of the data set')
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataSetError(f'{path} cannot be decoded as an image.')
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def require_file(path: Path, what: str) -> Path:
    """
    Return a path, or say that the file is missing.

    :param path: the file.
    :param what: what it holds, for the message.
    :raises DataSetError: when there is no such file.
    """
    if not path.is_file():
        raise DataSetError(f'{path} is missing; it holds {what}.')
    return path


def first_file(candidates: list[Path], what: str) -> Path:
    """
    Return the first of several files that is there.

    :param candidates: in order of preference.
    :param what: what it holds, for the message.
    :raises DataSetError: naming all of them when none is there.
    """
    for path in candidates:
        if path.is_file():
            return path
    names = ' and '.join(str(path) for path in candidates)
    raise DataSetError(f'{names} are missing; one of them must hold {what}.' if
                       len(candidates) > 1 else f'{names} is missing; it holds {what}.')


def resized(image: np.ndarray, shape: tuple[int, int],
            interpolation: Interpolation = Interpolation.AREA) -> np.ndarray:
    """
    Resize an image; the outer edges stay where they are.

    :param image: ``(H, W, 3)`` uint8.
    :param shape: ``(height, width)`` wanted.
    :param interpolation: as published. ``AREA`` averages where the image shrinks and is bilinear
        where it grows.
    """
    if tuple(image.shape[:2]) == tuple(shape):
        return image
    return cv2.resize(np.ascontiguousarray(image), (shape[1], shape[0]),
                      interpolation=interpolation.value)


def centre_square(image: np.ndarray) -> np.ndarray:
    """
    Return the largest square around the centre of an image.

    The centre stays the centre, so metres from it stay true. A side that differs from the other
    by an odd number loses its last row or column, which moves the centre by half a pixel.
    """
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top:top + side, left:left + side]


def fraction_rows(image: np.ndarray, top: float, bottom: float) -> np.ndarray:
    """
    Return the rows between two shares of the height.

    :param image: ``(H, W, 3)``.
    :param top: share above the first row, in [0, 1).
    :param bottom: share above the row after the last, in (0, 1].
    """
    height = image.shape[0]
    return image[round(top * height):round(bottom * height)]
