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

"""Reading and resizing images of data sets."""

from pathlib import Path

from miniature_sets import write_image
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import (
    centre_square, first_file, fraction_rows, Interpolation, read_rgb, resized)


def test_colours_are_red_green_blue_and_the_size_is_that_of_the_file(tmp_path: Path) -> None:
    written = write_image(tmp_path / 'a.png', 30, 50)
    np.testing.assert_array_equal(read_rgb(tmp_path / 'a.png'), written)


def test_a_missing_and_a_damaged_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='gone.png is missing'):
        read_rgb(tmp_path / 'gone.png')
    (tmp_path / 'broken.png').write_bytes(b'no image')
    with pytest.raises(DataSetError, match='broken.png cannot be decoded'):
        read_rgb(tmp_path / 'broken.png')


def test_the_first_of_several_files_counts_and_all_are_named_when_none_is_there(
        tmp_path: Path) -> None:
    paths = [tmp_path / 'one', tmp_path / 'two']
    with pytest.raises(DataSetError, match='one and .*two are missing'):
        first_file(paths, 'something')
    paths[1].touch()
    assert first_file(paths, 'something') == paths[1]
    with pytest.raises(DataSetError, match='one is missing; it holds something'):
        first_file(paths[:1], 'something')


def test_area_interpolation_averages_what_it_shrinks() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[::2, ::2] = 200
    assert (resized(image, (2, 2)) == 50).all()
    assert not (resized(image, (2, 2), Interpolation.BICUBIC) == 50).all()


def test_an_image_of_the_wanted_size_is_not_touched() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    assert resized(image, (4, 6)) is image


@pytest.mark.parametrize('shape', [(6, 10), (10, 6), (7, 7)])
def test_centre_square_keeps_the_centre(shape: tuple[int, int]) -> None:
    image = np.zeros((*shape, 3), np.uint8)
    image[(shape[0] - 1) // 2, (shape[1] - 1) // 2] = 255
    square = centre_square(image)
    side = min(shape)
    assert square.shape == (side, side, 3)
    assert square[(side - 1) // 2, (side - 1) // 2, 0] == 255


def test_the_middle_half_of_cvact_is_rows_208_to_623() -> None:
    rows = np.repeat(np.arange(832, dtype=np.int64)[:, None, None] % 251, 2, 1).astype(np.uint8)
    np.testing.assert_array_equal(fraction_rows(rows, 0.25, 0.75), rows[208:624])
