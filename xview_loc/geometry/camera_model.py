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

"""What every camera model offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from xview_loc.errors import GeometryError


class CameraModel(Protocol):
    """
    Projects between the camera's optical frame and its image.

    Convention: the optical frame has z forward, x right, y down (REP-103). Image coordinates are
    ``(column, row)`` with **integer pixel centres**, as in ``sensor_msgs/CameraInfo`` and OpenCV:
    the image covers ``[-0.5, width - 0.5] x [-0.5, height - 0.5]``.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Return ``(height, width)`` of the images it describes."""

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Project points of the optical frame.

        :param points: ``(..., 3)`` x right, y down, z forward [m].
        :return: ``(..., 2)`` float64 ``(column, row)``, NaN where the model has no projection, and
            ``(...)`` bool: the point is in front of the camera, within the model's range, and
            inside the image.
        """

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """
        Return the unit viewing rays of pixels.

        :param pixels: ``(..., 2)`` ``(column, row)``.
        :return: ``(..., 3)`` float64 unit vectors in the optical frame; NaN where no ray of the
            model reaches the pixel.
        """

    def resized(self, height: int, width: int) -> CameraModel:
        """
        Return the model of the same camera for images resized to ``(height, width)``.

        The outer edges of the image stay where they are: ``column' + 0.5 = s (column + 0.5)``.
        """


def pixel_pairs(columns: np.ndarray, rows: np.ndarray,
                shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """
    Join columns and rows, and tell which pairs lie inside an image.

    :param columns: ``(...)`` float64, NaN where there is no projection.
    :param rows: ``(...)`` float64.
    :param shape: ``(height, width)`` of the image.
    :return: ``(..., 2)`` float64 ``(column, row)`` and ``(...)`` bool; NaN is outside.
    """
    height, width = shape
    inside = ((columns >= -0.5) & (columns <= width - 0.5)
              & (rows >= -0.5) & (rows <= height - 0.5))
    return np.stack((columns, rows), axis=-1), inside


def resized_coordinate(coordinate: float, scale: float) -> float:
    """
    Return where a column or row goes when the image is resized.

    :param coordinate: column or row with integer pixel centres.
    :param scale: new size divided by old size.
    """
    return (coordinate + 0.5) * scale - 0.5


def check_image_size(height: int, width: int) -> None:
    """
    Refuse images without pixels.

    :raises GeometryError: when a side is less than 1.
    """
    if height < 1 or width < 1:
        raise GeometryError(
            f'A camera image of {height} x {width} pixels is empty; '
            'both sides must be at least 1.')
