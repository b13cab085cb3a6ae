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

"""CVUSA in a miniature of its layout."""

from pathlib import Path

from miniature_sets import make_cvusa, write_image
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cvusa import CvusaPairs, METRES_PER_PIXEL


def test_pairs_are_those_of_the_list(tmp_path: Path) -> None:
    pairs = CvusaPairs(make_cvusa(tmp_path), 'val')
    assert pairs.identifiers == ('0000009', '0000010')
    assert [path.relative_to(tmp_path).as_posix() for path in pairs.files(1)] == [
        'streetview/panos/0000010.jpg', 'bingmap/19/0000010.jpg']
    np.testing.assert_array_equal(pairs.matches, [[0], [1]])
    assert pairs.positions is None


def test_the_camera_is_at_the_centre_and_looks_north(tmp_path: Path) -> None:
    sample = CvusaPairs(make_cvusa(tmp_path)).sample(0)
    assert (sample.east_m, sample.north_m, sample.heading) == (0.0, 0.0, 0.0)
    assert sample.ground.shape == (28, 154, 3)
    assert sample.camera is not None and sample.camera.height == 2.5


@pytest.mark.parametrize('shape', [(75, 75), (1500, 1500), (60, 90)])
def test_a_tile_of_another_size_covers_the_same_ground(
        tmp_path: Path, shape: tuple[int, int]) -> None:
    make_cvusa(tmp_path)
    write_image(tmp_path / 'bingmap' / '19' / '0000001.jpg', *shape)
    sample = CvusaPairs(tmp_path).sample(0)
    assert sample.satellite.shape == (*shape, 3)
    assert sample.metres_per_pixel * shape[1] == pytest.approx(METRES_PER_PIXEL * 750)


def test_a_list_with_carriage_returns_and_two_fields_is_read(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    (tmp_path / 'splits' / 'train-19zl.csv').write_bytes(
        b'bingmap/19/0000002.jpg,streetview/panos/0000002.jpg\r\n')
    assert CvusaPairs(tmp_path).identifiers == ('0000002',)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='train-19zl.csv is missing'):
        CvusaPairs(tmp_path)
    make_cvusa(tmp_path)
    (tmp_path / 'bingmap' / '19' / '0000001.jpg').unlink()
    with pytest.raises(DataSetError, match='0000001.jpg is missing'):
        CvusaPairs(tmp_path).sample(0)
    with pytest.raises(DataSetError, match='train or val'):
        CvusaPairs(tmp_path, 'test')
