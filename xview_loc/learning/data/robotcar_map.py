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

"""The stitched satellite map of the Oxford RobotCar data set, and tiles cut out of it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.square_cut import cut_square

# The published size of a pixel; the map is true-north up.
METRES_PER_PIXEL = 0.09240351462361521
TILE_SIZE = 800
# The tiling of validation and test: tiles of 800 px every 400 px.
TILE_STEP = 400
# Easting, northing [m] and the map's column, row of five places: the published tie points.
TIE_POINTS = (
    (619_400, 5_736_195, 900, 900), (619_400, 5_734_600, 492, 18_168),
    (620_795, 5_736_195, 15_966, 1_260), (620_795, 5_734_600, 15_553, 18_528),
    (620_100, 5_735_400, 8_255, 9_688))
PUBLISHED_SHAPE = (20_000, 17_000)


def map_pixels(utm: np.ndarray) -> np.ndarray:
    """
    Return where places lie in the map.

    The affine that fits five published tie points best; its residuals are at most 1.33 px
    (0.12 m). It is fitted about their mean, as raw UTM values would be ill-conditioned.

    :param utm: ``(..., 2)`` easting and northing, zone 30U [m].
    :return: ``(..., 2)`` float64 column and row.
    """
    matrix, utm_mean, pixel_mean = _AFFINE
    return (np.asarray(utm, dtype=np.float64) - utm_mean) @ matrix.T + pixel_mean


def tile_index(pixels: np.ndarray) -> np.ndarray:
    """
    Return which tile of the published tiling a place is tested with.

    The place lies in the central half of the tile in either direction.

    :param pixels: ``(..., 2)`` column and row in the map.
    :return: ``(..., 2)`` int64 column and row of the tile; it starts at 400 times these.
    """
    pixels = np.asarray(pixels, dtype=np.float64)
    quotient = np.floor(pixels / TILE_STEP)
    remainder = np.rint(pixels - TILE_STEP * quotient)
    return (quotient - (remainder < TILE_STEP / 2)).astype(np.int64)


class RobotCarMap:
    """
    The map, decoded when it is first needed (1 GB); workers forked later share it.

    :param path: ``satellite_map_new.png``, or a part of it in tests.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @cached_property
    def image(self) -> np.ndarray:
        """
        Return the map ``(H, W, 3)`` uint8 RGB.

        :raises DataSetError: when it is missing or cannot be decoded.
        """
        try:
            return read_rgb(self.path)
        except cv2.error as error:
            raise DataSetError(
                f'{self.path} is too large for the decoder ({error.err}); set '
                'OPENCV_IO_MAX_IMAGE_PIXELS to 2000000000.') from error

    def cut(self, centre: np.ndarray, size: int = TILE_SIZE,
            up_heading: float = 0.0) -> np.ndarray:
        """
        Cut a square out of the map; see :func:`.square_cut.cut_square`.

        :param centre: ``(2,)`` column and row of the square's centre.
        :param size: side of the square [px].
        :param up_heading: what shall be up, clockwise from north [rad].
        :return: ``(size, size, 3)`` uint8 RGB.
        """
        column, row = np.asarray(centre, dtype=np.float64).tolist()
        return cut_square(self.image, (column, row), size, up_heading)


def _fitted_affine() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit the affine; return its matrix, the mean of the places and the mean of the pixels."""
    points = np.array(TIE_POINTS, dtype=np.float64)
    mean = points.mean(axis=0)
    solution = np.linalg.lstsq(points[:, :2] - mean[:2], points[:, 2:] - mean[2:], rcond=None)
    return solution[0].T, mean[:2], mean[2:]


_AFFINE = _fitted_affine()
