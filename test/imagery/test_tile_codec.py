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

"""Tiles to pixels and back, damaged ones included."""

import cv2
import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import BrokenTileError
from xview_loc.imagery.tile_codec import decode_tile, encode_tile, tile_format

RAMP = np.stack(np.broadcast_arrays(np.arange(64)[:, None] * 3, np.arange(64)[None, :] * 2, 40),
                axis=-1).astype(np.uint8)


@pytest.mark.parametrize(('kind', 'quality', 'tolerance'), [
    ('png', 90, 0), ('jpg', 95, 8), ('webp', 95, 12), ('webp', 101, 0)])
def test_colours_survive_the_round_trip_in_their_order(kind, quality, tolerance):
    data = encode_tile(RAMP, None, kind, quality)
    block = decode_tile(data)
    assert tile_format(data) == kind
    assert np.abs(block.image.astype(int) - RAMP).max() <= tolerance
    assert block.valid is None


@pytest.mark.parametrize('kind', ['png', 'webp'])
def test_the_mask_survives_as_transparency(kind):
    valid = np.ones((64, 64), bool)
    valid[5:30, 40:] = False
    block = decode_tile(encode_tile(RAMP, valid, kind, 101))
    np.testing.assert_array_equal(block.valid, valid)
    np.testing.assert_array_equal(block.image[valid], RAMP[valid])


def test_grey_becomes_rgb():
    data = cv2.imencode('.png', RAMP[..., 0])[1].tobytes()
    np.testing.assert_array_equal(decode_tile(data).image[..., 2], RAMP[..., 0])


def test_sixteen_bit_keeps_the_upper_byte():
    data = cv2.imencode('.png', RAMP[..., 0].astype(np.uint16) * 257)[1].tobytes()
    np.testing.assert_array_equal(decode_tile(data).image[..., 0], RAMP[..., 0])


def test_a_palette_of_colours_is_applied(tmp_path):
    Image = pytest.importorskip('PIL.Image')
    path = tmp_path / 'palette.png'
    Image.fromarray(np.repeat(RAMP[..., :1] // 96 * 96, 3, axis=2)).quantize(8).save(path)
    block = decode_tile(path.read_bytes())
    np.testing.assert_array_equal(block.image[..., 0], RAMP[..., 0] // 96 * 96)


@pytest.mark.parametrize('kind', ['png', 'jpg', 'webp'])
@pytest.mark.parametrize('share', [0.2, 0.5, 0.95])
def test_a_truncated_tile_is_broken_and_not_half_grey(kind, share):
    data = encode_tile(RAMP, None, kind, 90)
    with pytest.raises(BrokenTileError):
        decode_tile(data[:int(len(data) * share)])


@pytest.mark.parametrize('data', [b'', b'\x00' * 100, b'<html>404</html>', b'\xff\xd8\xff\xd9',
                                  b'\x1f\x8b\x08 vector tile'])
def test_what_is_no_image_is_broken(data):
    with pytest.raises(BrokenTileError):
        decode_tile(data)


def test_an_unknown_format_is_refused():
    with pytest.raises(ImageryError, match='gif'):
        encode_tile(RAMP, None, 'gif', 90)
