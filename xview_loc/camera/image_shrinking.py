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

"""Makes images small before anything else is done with them."""

from __future__ import annotations

import math

import cv2
import numpy as np

from xview_loc.errors import CameraError
from xview_loc.geometry.camera_model import CameraModel


def shrink(image: np.ndarray, model: CameraModel,
           max_width: int) -> tuple[np.ndarray, CameraModel]:
    """
    Average an image down to a width, together with its camera model.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param model: the model of ``image``.
    :param max_width: images that are not wider come back as they are.
    :return: image of the same aspect ratio (to half a row) and its model.
    :raises CameraError: when the width is not positive.
    """
    if max_width < 1:
        raise CameraError(f'The image width is limited to {max_width}; it must be positive.')
    height, width = image.shape[:2]
    if width <= max_width:
        return image, model
    rows = max(1, round(height * max_width / width))
    small = cv2.resize(image, (max_width, rows), interpolation=cv2.INTER_AREA)
    return small, model.resized(rows, max_width)


def shrink_to_resolution(image: np.ndarray, model: CameraModel,
                         wanted: CameraModel) -> tuple[np.ndarray, CameraModel]:
    """
    Average an image down to the resolution of another camera, each direction for itself.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param model: the model of ``image``.
    :param wanted: camera whose image is to be made of it; one that is finer changes nothing.
    :return: image and its model.
    """
    ratios = [min(target / own, 1.0) for target, own
              in zip(pixels_per_radian(wanted), pixels_per_radian(model))]
    height, width = (max(round(side * ratio), 1) for side, ratio in zip(model.shape, ratios))
    if (height, width) == model.shape:
        return image, model
    return (cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA),
            model.resized(height, width))


def pixels_per_radian(model: CameraModel) -> tuple[float, float]:
    """
    Return the resolution in the middle of an image, along rows and along columns [px/rad].

    :param model: of the camera.
    """
    height, width = model.shape
    middle = np.array([0.5 * width - 0.5, 0.5 * height - 0.5])
    scales = []
    for step in (np.array([0.0, 0.5]), np.array([0.5, 0.0])):
        before, after = model.rays(np.stack([middle - step, middle + step]))
        scales.append(1.0 / (2.0 * math.asin(0.5 * float(np.linalg.norm(after - before)))))
    return scales[0], scales[1]
