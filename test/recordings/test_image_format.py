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

"""How images are stored."""

import cv2
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.image_format import ImageFormat, write_image_file


@pytest.fixture
def picture(tmp_path):
    """Return a colour image file."""
    generator = np.random.default_rng(0)
    pixels = cv2.resize(generator.integers(0, 255, (4, 6, 3), dtype=np.uint8), (60, 40))
    cv2.imwrite(str(tmp_path / 'a.png'), pixels)
    return tmp_path / 'a.png'


def stored(tmp_path, path, name):
    """Return the message that a file becomes."""
    with BagWriter(tmp_path / 'bag') as writer:
        write_image_file(writer, '/image', 1_000, path, ImageFormat.parse(name), 'camera')
    with BagReader(tmp_path / 'bag') as reader:
        return next(reader.messages())[2]


def test_png_is_stored_byte_for_byte(tmp_path, picture):
    message = stored(tmp_path, picture, 'png')
    assert message.format == 'png'
    assert message.data.tobytes() == picture.read_bytes()


def test_raw_pixels_are_those_of_the_file(tmp_path, picture):
    message = stored(tmp_path, picture, 'raw')
    assert message.encoding == 'bgr8'
    assert np.array_equal(message.data.reshape(40, 60, 3), cv2.imread(str(picture)))


def test_jpg_is_close_to_the_file(tmp_path, picture):
    message = stored(tmp_path, picture, 'jpg')
    assert message.format == 'jpeg'
    pixels = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
    assert np.abs(pixels.astype(int) - cv2.imread(str(picture))).mean() < 3.0


def test_grey_stays_grey(tmp_path):
    cv2.imwrite(str(tmp_path / 'g.png'), np.full((3, 5), 77, np.uint8))
    message = stored(tmp_path, tmp_path / 'g.png', 'raw')
    assert (message.encoding, message.step) == ('mono8', 5)


def test_unknown_format_is_refused():
    with pytest.raises(RecordingError, match="'tiff' is unknown; use raw, png or jpg"):
        ImageFormat.parse('tiff')
