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
        :return: ``(..., 2)`` float64 ``(column, row)``, and ``(...)`` bool: the point is in front
            of the camera, within the model's range, and inside the image.
        """

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """
        Return the unit viewing rays of pixels.

        :param pixels: ``(..., 2)`` ``(column, row)``.
        :return: ``(..., 3)`` float64 unit vectors in the optical frame.
        """

    def resized(self, height: int, width: int) -> CameraModel:
        """Return the model of the same camera for images resized to ``(height, width)``."""
