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

"""CVACT in a miniature of its layout."""

from pathlib import Path

from miniature_sets import CVACT_PANORAMAS, CVACT_PLACES, make_cvact, write_lines
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cvact import CvactPairs


def test_rows_of_the_index_count_from_one(tmp_path: Path) -> None:
    make_cvact(tmp_path)
    assert CvactPairs.from_index(tmp_path, 'train').identifiers == CVACT_PANORAMAS[:2]
    assert CvactPairs.from_index(tmp_path, 'val').identifiers == CVACT_PANORAMAS[3:4]


def test_panoramas_that_were_never_released_are_left_out_unless_asked_for(
        tmp_path: Path) -> None:
    make_cvact(tmp_path)
    assert CvactPairs.from_index(tmp_path, 'test').identifiers == CVACT_PANORAMAS[:4]
    every = CvactPairs.from_index(tmp_path, 'test', skip_missing=False)
    assert every.identifiers == CVACT_PANORAMAS
    with pytest.raises(DataSetError, match=f'{CVACT_PANORAMAS[4]}_grdView.jpg is missing'):
        every.sample(4)


def test_test_counts_tiles_within_five_metres_as_right(tmp_path: Path) -> None:
    make_cvact(tmp_path)
    matches = CvactPairs.from_index(tmp_path, 'test').matches
    assert [set(row[row >= 0].tolist()) for row in matches] == [{0, 1}, {0, 1, 2}, {1, 2}, {3}]
    assert matches[:, 0].tolist() == [0, 1, 2, 3]
    assert CvactPairs.from_index(tmp_path, 'train').matches.shape == (2, 1)


def test_a_pair_is_cropped_and_placed(tmp_path: Path) -> None:
    sample = CvactPairs.from_index(make_cvact(tmp_path), 'train').sample(1)
    assert sample.ground.shape == (32, 128, 3)
    assert sample.position == tuple(CVACT_PLACES[1])
    assert (sample.heading, sample.east_m, sample.north_m) == (0.0, 0.0, 0.0)
    # 0.1219 m at zoom 20 in Canberra for 1200 pixels
    assert sample.metres_per_pixel * 100 / 1200 == pytest.approx(0.1219, abs=2e-4)


def test_images_are_found_in_either_folder(tmp_path: Path) -> None:
    pairs = CvactPairs.from_index(make_cvact(tmp_path), 'test')
    assert [path.parts[-3] for path in pairs.files(0)] == ['ANU_data_small'] * 2
    assert [path.parts[-3] for path in pairs.files(2)] == ['ANU_data_test'] * 2


def test_geo_local_lists_lead_to_the_raw_images(tmp_path: Path) -> None:
    make_cvact(tmp_path)
    pano = CVACT_PANORAMAS[2]
    path = write_lines(tmp_path / 'vallist.txt', [
        f'/CVACT_full/streetview/{pano}_grdView.png /CVACT_full/polarmap/{pano}_satView_polish.png'
        ' 690003.06 6095004.08'])
    pairs = CvactPairs.from_geo_local_list(tmp_path, path)
    assert pairs.identifiers == (pano,)
    np.testing.assert_array_equal(pairs.positions, [[690003.06, 6095004.08]])
    assert pairs.sample(0).satellite.shape == (100, 100, 3)


def test_the_scale_can_be_stated(tmp_path: Path) -> None:
    pairs = CvactPairs.from_index(make_cvact(tmp_path), 'train', metres_per_pixel=0.06)
    assert pairs.tile(0).metres_per_pixel == pytest.approx(0.06 * 12)


def test_what_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='ACT_data.mat is missing'):
        CvactPairs.from_index(tmp_path)
    (tmp_path / 'ACT_data.mat').write_bytes(b'not a matrix')
    with pytest.raises(DataSetError, match='is not an index of CVACT'):
        CvactPairs.from_index(tmp_path)
    with pytest.raises(DataSetError, match='use train, val, test'):
        CvactPairs.from_index(tmp_path, 'all')
    with pytest.raises(DataSetError, match='positions of shape'):
        CvactPairs(tmp_path, ['a'], np.zeros((2, 2)))
