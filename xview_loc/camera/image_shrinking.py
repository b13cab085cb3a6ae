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
