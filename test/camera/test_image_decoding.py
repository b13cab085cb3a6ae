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

"""Images of every supported encoding become RGB; broken ones become a sentence."""

from array import array

import cv2
import numpy as np
import pytest

from xview_loc.camera.image_decoding import decode_compressed, decode_raw
from xview_loc.errors import CameraError

HEIGHT, WIDTH = 5, 8
RGB = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
ALPHA = np.full((HEIGHT, WIDTH, 1), 9, np.uint8)


def padded(pixels: np.ndarray, padding: int) -> tuple[int, bytes]:
    """Return step and data of rows that are longer than their pixels."""
    rows = pixels.reshape(len(pixels), -1).view(np.uint8)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    return rows.shape[1], rows.tobytes()


def photograph(height: int = 60, width: int = 90) -> np.ndarray:
    """Return a smooth picture whose halves differ in colour."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack((rows * 4, columns * 2, np.where(columns < width / 2, 20, 220)),
                    axis=-1).astype(np.uint8)


def encoded(extension: str, image: np.ndarray) -> bytes:
    """Return an RGB image as the bytes of a file."""
    return cv2.imencode(extension, image[..., ::-1])[1].tobytes()


@pytest.mark.parametrize('padding', [0, 3])
@pytest.mark.parametrize('encoding, pixels', [
    ('rgb8', RGB), ('bgr8', RGB[..., ::-1]), ('8UC3', RGB[..., ::-1]),
    ('rgba8', np.concatenate((RGB, ALPHA), axis=-1)),
    ('bgra8', np.concatenate((RGB[..., ::-1], ALPHA), axis=-1))])
def test_colour_images_keep_their_colours_and_lose_their_padding(encoding, pixels, padding):
    step, data = padded(np.ascontiguousarray(pixels), padding)

    np.testing.assert_array_equal(decode_raw(encoding, HEIGHT, WIDTH, step, data), RGB)


@pytest.mark.parametrize('padding', [0, 3])
def test_grey_images_become_three_equal_channels(padding):
    step, data = padded(np.ascontiguousarray(RGB[..., 0]), padding)

    image = decode_raw('mono8', HEIGHT, WIDTH, step, data)

    np.testing.assert_array_equal(image, np.repeat(RGB[..., :1], 3, axis=-1))


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_a_mosaic_of_one_colour_becomes_that_colour(pattern):
    value = {'r': 200, 'g': 100, 'b': 20}
    cell = np.array([value[letter] for letter in pattern], np.uint8).reshape(2, 2)
    mosaic = np.tile(cell, (4, 5))

    image = decode_raw(f'bayer_{pattern}8', 8, 10, 10, mosaic.tobytes())

    np.testing.assert_array_equal(image[2:-2, 2:-2], np.broadcast_to((200, 100, 20), (4, 6, 3)))


@pytest.mark.parametrize('encoding, order', [
    ('uyvy', (1, 0, 2, 0)), ('yuv422', (1, 0, 2, 0)), ('yuyv', (0, 1, 0, 2)),
    ('yuv422_yuy2', (0, 1, 0, 2))])
def test_yuv_of_a_saturated_red_is_red(encoding, order):
    luma, blue, red = 81, 90, 240
    pair = np.array([(luma, blue, red)[index] for index in order], np.uint8)

    image = decode_raw(encoding, 2, 4, 8, np.tile(pair, 4).tobytes())

    np.testing.assert_allclose(image, np.broadcast_to((255, 0, 0), (2, 4, 3)), atol=2)


@pytest.mark.parametrize('is_bigendian', [False, True])
def test_sixteen_bits_are_stretched_between_the_stated_percentiles(is_bigendian):
    generator = np.random.default_rng(0)
    ramp = generator.permutation(np.linspace(500.0, 3500.0, 24000)).reshape(120, 200)
    values = ramp.astype('>u2' if is_bigendian else '<u2')

    image = decode_raw('mono16', 120, 200, 400, values.tobytes(), is_bigendian)

    low, high = np.percentile(ramp, (0.5, 99.5))
    expected = np.clip((ramp - low) / (high - low) * 255.0, 0, 255)
    assert np.abs(image[..., 0] - expected).max() < 2.0
    assert (image[..., 0] == image[..., 2]).all()


def test_a_sixteen_bit_image_without_contrast_is_no_division_by_zero(recwarn):
    image = decode_raw('16UC1', 4, 4, 8, np.full((4, 4), 999, '<u2').tobytes())

    assert (image == image[0, 0]).all()
    assert not recwarn.list


def test_sixteen_bit_colours_are_not_swapped():
    pixels = np.zeros((40, 40, 3), '<u2')
    pixels[..., 0], pixels[20:, :, 2] = 40000, 20000

    rgb = decode_raw('rgb16', 40, 40, 240, pixels.tobytes())
    bgr = decode_raw('bgr16', 40, 40, 240, np.ascontiguousarray(pixels[..., ::-1]).tobytes())

    assert rgb[0, 0].tolist() == [255, 0, 0] and rgb[30, 0, 2] in (127, 128)
    np.testing.assert_array_equal(rgb, bgr)


def test_the_result_does_not_change_with_the_message():
    data = bytearray(RGB.tobytes())
    image = decode_raw('rgb8', HEIGHT, WIDTH, WIDTH * 3, data)

    data[:] = bytes(len(data))

    np.testing.assert_array_equal(image, RGB)


@pytest.mark.parametrize('kind', [bytes, bytearray, memoryview, lambda data: array('B', data),
                                  lambda data: np.frombuffer(data, np.uint8)])
def test_data_of_any_buffer_type_is_read(kind):
    image = decode_raw('rgb8', HEIGHT, WIDTH, WIDTH * 3, kind(RGB.tobytes()))

    np.testing.assert_array_equal(image, RGB)


@pytest.mark.parametrize('fields, match', [
    (('rgb8', 0, 8, 24, b''), '0 x 8'),
    (('rgb8', 5, 0, 0, b''), '5 x 0'),
    (('rgb8', 5, 8, 23, bytes(115)), 'step is 23 bytes but a row of 8 pixels takes 24'),
    (('mono16', 5, 8, 8, bytes(40)), 'takes 16'),
    (('rgb8', 5, 8, 0, bytes(120)), 'step is 0'),
    (('rgb8', 5, 8, 24, bytes(119)), 'cut short.*120 bytes, got 119'),
    (('rgb8', 5, 8, 24, b''), 'cut short'),
    (('rgb8', 5, 8, 24, bytes(125)), 'too long'),
    (('rgb8', 5, 8, 32, bytes(120)), 'cut short'),
    (('32FC1', 5, 8, 32, bytes(160)), "'32FC1' is not supported"),
    (('', 5, 8, 24, bytes(120)), "'' is not supported"),
    (('uyvy', 2, 3, 6, bytes(12)), 'cannot have'),
    (('bayer_rggb8', 2, 2, 2, bytes(4)), 'cannot have')])
def test_fields_that_contradict_each_other_are_refused_in_a_sentence(fields, match):
    with pytest.raises(CameraError, match=match):
        decode_raw(*fields)


@pytest.mark.parametrize('extension, tolerance', [('.png', 0), ('.jpg', 12), ('.bmp', 0)])
def test_compressed_images_come_back_as_rgb(extension, tolerance):
    image = decode_compressed(encoded(extension, photograph()))

    assert image.dtype == np.uint8 and image.shape == (60, 90, 3)
    difference = np.abs(image.astype(int) - photograph())[:, :40]
    assert difference.max() <= tolerance


def test_compressed_grey_images_become_three_channels():
    data = cv2.imencode('.png', photograph()[..., 0])[1]

    np.testing.assert_array_equal(decode_compressed(data),
                                  np.repeat(photograph()[..., :1], 3, axis=-1))


def test_zeros_behind_a_compressed_image_are_padding():
    assert decode_compressed(encoded('.jpg', photograph()) + bytes(1000)).shape == (60, 90, 3)


def test_the_orientation_tag_does_not_turn_the_image():
    jpeg = encoded('.jpg', photograph())
    # An EXIF segment whose only entry says that the picture was taken upside down on its side.
    tiff = (b'MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00'
            b'\x00\x00\x00\x00')
    segment = b'Exif\x00\x00' + tiff
    tagged = (jpeg[:2] + b'\xff\xe1' + (len(segment) + 2).to_bytes(2, 'big') + segment
              + jpeg[2:])

    assert cv2.imdecode(np.frombuffer(tagged, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (90, 60)
    assert decode_compressed(tagged).shape[:2] == (60, 90)


@pytest.mark.parametrize('extension', ['.jpg', '.png'])
@pytest.mark.parametrize('kept', [0.02, 0.3, 0.8, 0.99])
def test_compressed_data_that_is_cut_short_is_refused(extension, kept):
    data = encoded(extension, photograph())

    with pytest.raises(CameraError, match='cut short'):
        decode_compressed(data[:int(kept * len(data))])


@pytest.mark.parametrize('data, match', [
    (b'', 'empty'), (b'no image at all, whatever the message says', '6e 6f 20 69'),
    (b'\x00' * 100, 'not a readable image'), (b'\xff\xd8\xff\xd9', 'not a readable image')])
def test_data_that_is_no_image_is_refused_in_a_sentence(data, match):
    with pytest.raises(CameraError, match=match):
        decode_compressed(data)


def test_a_real_frame_is_decoded_as_it_is(shared_data):
    frame = sorted((shared_data / 'kitti_raw_0001' / 'image_02').glob('*.png'))[0]

    image = decode_compressed(frame.read_bytes())

    np.testing.assert_array_equal(image, cv2.imread(str(frame))[..., ::-1])
    assert image.shape == (120, 397, 3)
