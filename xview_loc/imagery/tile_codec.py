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

"""Compressed tiles to pixels and back."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block, BrokenTileError

MIME_TYPES = {'png': 'image/png', 'jpg': 'image/jpeg', 'webp': 'image/webp'}
LARGEST_TILE_PX = 4096


def tile_format(data: bytes) -> str | None:
    """
    Tell the format of a tile by its first bytes.

    :param data: the stored tile.
    :return: ``'png'``, ``'jpg'``, ``'webp'``, or ``None`` when it is none of these.
    """
    if data[:8] == b'\x89PNG\r\n\x1a\n':
        return 'png'
    if data[:3] == b'\xff\xd8\xff':
        return 'jpg'
    if data[:4] == b'RIFF' and data[8:12] == b'WEBP':
        return 'webp'
    return None


def is_complete(data: bytes) -> bool:
    """
    Tell whether the end of a tile is there, without decoding it.

    Decoders fill the missing part of a truncated tile with grey, so this is asked first.

    :param data: a png, jpg or webp tile.
    """
    kind = tile_format(data)
    if kind == 'png':
        return b'IEND' in data[-64:]
    if kind == 'jpg':
        return b'\xff\xd9' in data[-64:]
    if kind == 'webp':
        return len(data) >= 8 + int.from_bytes(data[4:8], 'little')
    return False


def decode_tile(data: bytes) -> Block:
    """
    Decode a png, jpg or webp tile.

    Grey becomes RGB, 16 bit becomes 8 bit by its upper byte, and transparency of more than a
    half becomes the validity mask.

    :param data: the stored tile.
    :return: pixels and validity.
    :raises BrokenTileError: when it is empty, truncated, damaged or of another format.
    """
    kind = tile_format(data)
    if kind is None:
        raise BrokenTileError(
            f'a tile of {len(data)} bytes is neither png, jpg nor webp (it begins with '
            f'{data[:8]!r})')
    if not is_complete(data):
        raise BrokenTileError(f'a {kind} tile of {len(data)} bytes is truncated')
    flag = cv2.IMREAD_COLOR if kind == 'jpg' else cv2.IMREAD_UNCHANGED
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise BrokenTileError(f'a {kind} tile of {len(data)} bytes is damaged') from error
    if pixels is None or max(pixels.shape[:2]) > LARGEST_TILE_PX:
        raise BrokenTileError(f'a {kind} tile of {len(data)} bytes is damaged')
    return _to_block(pixels)


def encode_tile(image: np.ndarray, valid: np.ndarray | None, kind: str, quality: int) -> bytes:
    """
    Compress a tile.

    :param image: ``(H, W, 3)`` uint8 RGB.
    :param valid: ``(H, W)`` bool, or ``None`` where all is valid; kept as transparency except in
        jpg, where what is not valid turns black.
    :param kind: ``'png'``, ``'jpg'`` or ``'webp'``.
    :param quality: 1 to 100 for jpg and webp; above 100 webp is lossless.
    :raises ImageryError: when the format is not one of the three.
    """
    options = {'png': [cv2.IMWRITE_PNG_COMPRESSION, 4],
               'jpg': [cv2.IMWRITE_JPEG_QUALITY, quality],
               'webp': [cv2.IMWRITE_WEBP_QUALITY, quality]}
    if kind not in options:
        raise ImageryError(f'The tile format {kind!r} is not known; use png, jpg or webp.')
    if valid is None or valid.all() or kind == 'jpg':
        pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    else:
        pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGRA)
        pixels[..., 3] = np.where(valid, 255, 0)
    done, data = cv2.imencode('.' + kind, pixels, options[kind])
    if not done:
        raise ImageryError(f'A tile of shape {image.shape} could not be encoded as {kind}.')
    return data.tobytes()


def _to_block(pixels: np.ndarray) -> Block:
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        return Block(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    if pixels.shape[2] == 3:
        return Block(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    valid = pixels[..., 3] > 127
    return Block(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), None if valid.all() else valid)
