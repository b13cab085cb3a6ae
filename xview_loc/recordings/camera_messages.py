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

"""Messages of cameras for bags: images and calibrations."""

from __future__ import annotations

from typing import Any

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_messages import header, make

ENCODING_CHANNELS = {'mono8': 1, 'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4}


def image(stamp, pixels: np.ndarray, frame_id: str, encoding: str) -> Any:
    """
    Build a raw image.

    :param pixels: ``(H, W)`` or ``(H, W, C)`` uint8 in the order that the encoding names.
    :param encoding: one of ``mono8``, ``rgb8``, ``bgr8``, ``rgba8``, ``bgra8``.
    :raises RecordingError: when the pixels do not fit the encoding.
    """
    channels = ENCODING_CHANNELS.get(encoding)
    if channels is None:
        raise RecordingError(
            f'Image encoding {encoding!r} cannot be written; '
            f'use one of {", ".join(ENCODING_CHANNELS)}.')
    pixels = np.ascontiguousarray(pixels)
    found = 1 if pixels.ndim == 2 else pixels.shape[-1]
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or found != channels:
        raise RecordingError(
            f'An {encoding} image must be uint8 with {channels} channel(s); '
            f'got {pixels.dtype} of shape {pixels.shape}.')
    height, width = pixels.shape[:2]
    return make('sensor_msgs/msg/Image', header=header(stamp, frame_id), height=height,
                width=width, encoding=encoding, is_bigendian=0, step=width * channels,
                data=pixels.reshape(-1))


def compressed_image(stamp, data: bytes, frame_id: str, image_format: str) -> Any:
    """
    Build a compressed image.

    :param data: the encoded file, PNG or JPEG.
    :param image_format: ``jpeg`` or ``png``.
    """
    return make('sensor_msgs/msg/CompressedImage', header=header(stamp, frame_id),
                format=image_format, data=np.frombuffer(data, np.uint8))


def camera_info(stamp, height: int, width: int, k, frame_id: str, *, d=(),
                distortion_model: str = 'plumb_bob', r=None, p=None) -> Any:
    """
    Build a camera description.

    :param k: ``(3, 3)`` camera matrix of the raw image.
    :param d: distortion coefficients of ``distortion_model``; five zeros when empty and
        ``plumb_bob``.
    :param r: ``(3, 3)`` rectification; identity when ``None``.
    :param p: ``(3, 4)`` projection of the rectified image; ``[K | 0]`` when ``None``.
    """
    k = np.asarray(k, dtype=np.float64).reshape(3, 3)
    if len(d) == 0 and distortion_model == 'plumb_bob':
        d = np.zeros(5)
    p = np.hstack([k, np.zeros((3, 1))]) if p is None else np.asarray(p, dtype=np.float64)
    r = np.eye(3) if r is None else np.asarray(r, dtype=np.float64)
    roi = make('sensor_msgs/msg/RegionOfInterest', x_offset=0, y_offset=0, height=0, width=0,
               do_rectify=False)
    return make('sensor_msgs/msg/CameraInfo', header=header(stamp, frame_id), height=height,
                width=width, distortion_model=distortion_model,
                d=np.asarray(d, dtype=np.float64), k=k.reshape(9), r=r.reshape(9),
                p=p.reshape(12), binning_x=0, binning_y=0, roi=roi)
