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

"""Images and calibrations from messages."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from xview_loc.camera.image_decoding import decode_compressed, decode_raw
from xview_loc.geometry.camera_calibration import camera_from_info, rectified_camera_from_info
from xview_loc.geometry.camera_model import CameraModel


def rgb_from_image(message: Image) -> np.ndarray:
    """
    Return ``(H, W, 3)`` uint8 RGB.

    :param message: a raw image.
    :raises CameraError: when the encoding is unknown or the sizes do not fit.
    """
    return decode_raw(
        message.encoding, message.height, message.width, message.step,
        np.frombuffer(message.data, np.uint8), is_bigendian=bool(message.is_bigendian))


def rgb_from_compressed(message: CompressedImage) -> np.ndarray:
    """
    Return ``(H, W, 3)`` uint8 RGB.

    :param message: a JPEG or PNG.
    :raises CameraError: when it cannot be decoded.
    """
    return decode_compressed(np.frombuffer(message.data, np.uint8))


def camera_from_message(message: CameraInfo, image_shape: tuple[int, int],
                        rectified: bool = False) -> CameraModel:
    """
    Return the camera model of a calibration, scaled to the images at hand.

    :param message: the calibration.
    :param image_shape: rows and columns of the image.
    :param rectified: the images are rectified (P describes them), not raw (K and D do).
    :raises CameraError: when the calibration cannot be used.
    """
    region = message.roi
    binning = message.binning_x, message.binning_y
    roi = region.x_offset, region.y_offset, region.height, region.width
    if rectified:
        return rectified_camera_from_info(
            message.width, message.height, message.p.tolist(), binning, roi, image_shape)
    return camera_from_info(
        message.width, message.height, message.k.tolist(), list(message.d),
        message.distortion_model, binning, roi, image_shape)


def same_calibration(first: CameraInfo, second: CameraInfo) -> bool:
    """Tell whether two messages describe the same camera."""
    return (first.header.frame_id == second.header.frame_id
            and first.width == second.width and first.height == second.height
            and first.distortion_model == second.distortion_model
            and first.binning_x == second.binning_x and first.binning_y == second.binning_y
            and first.roi == second.roi
            and np.array_equal(first.k, second.k) and np.array_equal(first.p, second.p)
            and np.array_equal(first.d, second.d))
