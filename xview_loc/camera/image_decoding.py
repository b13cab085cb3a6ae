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

"""
Images as they arrive, turned into RGB.

The only encodings read are those listed here; everything wrong with an image (unknown encoding, no
pixels, a step that does not fit, data cut short) is a :class:`CameraError` of one sentence.
"""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.errors import CameraError

# OpenCV names a mosaic by its second row and column, ROS by its first.
CONVERSIONS = {
    'rgb8': (3, None),
    'bgr8': (3, cv2.COLOR_BGR2RGB),
    '8UC3': (3, cv2.COLOR_BGR2RGB),
    'rgba8': (4, cv2.COLOR_RGBA2RGB),
    'bgra8': (4, cv2.COLOR_BGRA2RGB),
    '8UC4': (4, cv2.COLOR_BGRA2RGB),
    'mono8': (1, cv2.COLOR_GRAY2RGB),
    '8UC1': (1, cv2.COLOR_GRAY2RGB),
    'bayer_rggb8': (1, cv2.COLOR_BayerBG2RGB),
    'bayer_bggr8': (1, cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg8': (1, cv2.COLOR_BayerGR2RGB),
    'bayer_grbg8': (1, cv2.COLOR_BayerGB2RGB),
    'uyvy': (2, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422': (2, cv2.COLOR_YUV2RGB_UYVY),
    'yuyv': (2, cv2.COLOR_YUV2RGB_YUYV),
    'yuv422_yuy2': (2, cv2.COLOR_YUV2RGB_YUYV),
}
SIXTEEN_BIT = {'mono16': 1, '16UC1': 1, 'rgb16': 3, 'bgr16': 3}
STRETCH_PERCENTILES = (0.5, 99.5)


def decode_raw(encoding: str, height: int, width: int, step: int, data,
               is_bigendian: bool = False) -> np.ndarray:
    """
    Turn the fields of a ``sensor_msgs/Image`` into RGB.

    16-bit images are stretched linearly, from their own 0.5 and 99.5 percentiles (over all
    channels of every fourth row and column) to 0 and 255, because sensors fill between 10 and 16
    bits.

    :param encoding: name as in ``sensor_msgs/image_encodings.hpp``.
    :param height: number of rows.
    :param width: number of columns.
    :param step: bytes from one row to the next, padding included.
    :param data: the bytes; anything with the buffer protocol.
    :param is_bigendian: byte order of 16-bit values.
    :return: ``(height, width, 3)`` uint8 RGB that shares no memory with ``data``.
    :raises CameraError: when the fields contradict each other or the encoding is not known.
    """
    if encoding in CONVERSIONS:
        channels, conversion = CONVERSIONS[encoding]
        pixels = _pixels(height, width, step, data, channels, np.dtype(np.uint8))
        if conversion is None:
            return pixels.copy()
        if channels == 2 and width % 2 or encoding.startswith('bayer') and min(width, height) < 3:
            raise CameraError(
                f'An image of {height} x {width} pixels cannot have the encoding {encoding!r}.')
        return cv2.cvtColor(np.ascontiguousarray(pixels), conversion)
    if encoding in SIXTEEN_BIT:
        channels = SIXTEEN_BIT[encoding]
        order = np.dtype('>u2' if is_bigendian else '<u2')
        pixels = _stretched(_pixels(height, width, step, data, channels, order))
        if channels == 1:
            return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
        return np.ascontiguousarray(pixels[..., ::-1]) if encoding == 'bgr16' else pixels
    raise CameraError(
        f'The image encoding {encoding!r} is not supported; '
        f'supported are {", ".join(sorted((*CONVERSIONS, *SIXTEEN_BIT)))}.')


def _pixels(height, width, step, data, channels, dtype):
    """Check the layout and return a view of the pixels, without padding."""
    if height < 1 or width < 1:
        raise CameraError(f'The image has {height} x {width} pixels; it is empty.')
    row_bytes = width * channels * dtype.itemsize
    if step < row_bytes:
        raise CameraError(
            f'The image step is {step} bytes but a row of {width} pixels takes {row_bytes}.')
    flat = np.frombuffer(data, dtype=np.uint8)
    if len(flat) != height * step:
        problem = 'cut short' if len(flat) < height * step else 'too long'
        raise CameraError(
            f'The image data is {problem}: {height} rows of {step} bytes are '
            f'{height * step} bytes, got {len(flat)}.')
    rows = flat.reshape(height, step)[:, :row_bytes]
    if dtype.itemsize > 1:
        rows = np.ascontiguousarray(rows).view(dtype)
    return rows.reshape(height, width, channels) if channels > 1 else rows


def _stretched(pixels):
    """Stretch 16-bit values to 8 bits between two percentiles."""
    low, high = np.percentile(pixels[::4, ::4], STRETCH_PERCENTILES)
    levels = (np.arange(1 << 16) - low) * (255.0 / max(high - low, 1.0))
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)[pixels]


def decode_compressed(data) -> np.ndarray:
    """
    Turn the data of a ``sensor_msgs/CompressedImage`` into RGB.

    Every format that OpenCV reads is accepted, whatever the message calls it. JPEG and PNG data
    without their end marker are refused, because decoders fill the missing part with grey. The
    orientation tag of EXIF is ignored: the camera's calibration describes the sensor's rows.

    :param data: the bytes of the file; anything with the buffer protocol.
    :return: ``(H, W, 3)`` uint8 RGB.
    :raises CameraError: when the data is empty, cut short or not an image.
    """
    flat = np.frombuffer(data, dtype=np.uint8)
    if len(flat) == 0:
        raise CameraError('The compressed image is empty: it has no bytes.')
    if _is_cut_short(flat):
        raise CameraError(f'The compressed image is cut short after {len(flat)} bytes.')
    try:
        image = cv2.imdecode(flat, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise CameraError(f'The compressed image cannot be decoded: {error.err}.') from error
    if image is None:
        start = flat[:4].tobytes().hex(' ')
        raise CameraError(
            f'The {len(flat)} bytes of the compressed image are not a readable image; '
            f'they start with {start}.')
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _is_cut_short(flat):
    """Tell whether JPEG or PNG data lacks its end marker; padding with zeros is allowed."""
    start = flat[:4].tobytes()
    tail = flat.tobytes().rstrip(b'\0')[-16:]
    if start.startswith(b'\xff\xd8'):
        return b'\xff\xd9' not in tail
    if start == b'\x89PNG':
        return b'IEND' not in tail
    return False
