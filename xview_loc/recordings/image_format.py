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

"""How images are stored in bags."""

from __future__ import annotations

from enum import Enum, unique
from pathlib import Path

import cv2
import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_writer import BagWriter

JPEG_QUALITY = 95


@unique
class ImageFormat(Enum):
    """Raw pixels, or a compressed file in each message."""

    RAW = 'raw'
    PNG = 'png'
    JPEG = 'jpeg'

    @classmethod
    def parse(cls, name: str) -> ImageFormat:
        """
        Return the format of a name; ``jpg`` is ``jpeg``.

        :raises RecordingError: when there is no such format.
        """
        try:
            return cls('jpeg' if name == 'jpg' else name)
        except ValueError:
            raise RecordingError(
                f'The image format {name!r} is unknown; use raw, png or jpg.') from None


def write_image_file(writer: BagWriter, topic: str, stamp_ns: int, path: Path,
                     image_format: ImageFormat, frame_id: str) -> None:
    """
    Write an image file; one that has the wanted format already is stored byte for byte.

    :param topic: base name; compressed images go to ``<topic>/compressed``.
    :param stamp_ns: acquisition time [ns].
    :param path: the file; grey files stay grey (``mono8``).
    :raises RecordingError: when the file cannot be decoded.
    """
    suffix = {'.jpg': '.jpeg'}.get(path.suffix.lower(), path.suffix.lower())
    if suffix == f'.{image_format.value}':
        writer.write_compressed_image(f'{topic}/compressed', stamp_ns, path.read_bytes(),
                                      frame_id, image_format=image_format.value)
        return
    pixels = cv2.imread(str(path), cv2.IMREAD_ANYCOLOR)
    if pixels is None:
        raise RecordingError(f'{path} cannot be decoded as an image.')
    write_image_pixels(writer, topic, stamp_ns, pixels, image_format, frame_id)


def write_image_pixels(writer: BagWriter, topic: str, stamp_ns: int, pixels: np.ndarray,
                       image_format: ImageFormat, frame_id: str) -> None:
    """
    Write pixels.

    :param topic: base name; compressed images go to ``<topic>/compressed``.
    :param pixels: ``(H, W)`` or ``(H, W, 3)`` uint8 BGR.
    """
    if image_format is ImageFormat.RAW:
        writer.write_image(topic, stamp_ns, pixels, frame_id,
                           encoding='mono8' if pixels.ndim == 2 else 'bgr8')
        return
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if image_format is ImageFormat.JPEG else []
    encoded = cv2.imencode(f'.{image_format.value}', pixels, options)[1]
    writer.write_compressed_image(f'{topic}/compressed', stamp_ns, encoded.tobytes(), frame_id,
                                  image_format=image_format.value)
