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

"""The index of CVACT."""

from pathlib import Path

from miniature_sets import CVACT_PANORAMAS, CVACT_PLACES, make_cvact
import numpy as np
import pytest
from scipy.io import savemat

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cvact_index import read_cvact_index


def test_identifiers_positions_and_splits(tmp_path: Path) -> None:
    index = read_cvact_index(make_cvact(tmp_path) / 'ACT_data.mat')
    assert index.panoramas == CVACT_PANORAMAS
    assert index.utm.dtype == np.float64
    np.testing.assert_array_equal(index.utm, CVACT_PLACES)
    assert {split: rows.tolist() for split, rows in index.rows.items()} == {
        'train': [0, 1], 'val': [3], 'test': [0, 1, 2, 3, 4]}


def test_identifiers_may_be_cells(tmp_path: Path) -> None:
    path = tmp_path / 'ACT_data.mat'
    cells = np.empty((2, 1), dtype=object)
    cells[:, 0] = ['first', 'the second one']
    savemat(str(path), {'panoIds': cells, 'utm': CVACT_PLACES[:2],
                        'valSet': {'name': 'v', 'other': np.array([[2.0]])}})
    index = read_cvact_index(path)
    assert index.panoramas == ('first', 'the second one')
    assert index.rows['val'].tolist() == [1]


@pytest.mark.parametrize('content, message', [
    ({'panoIds': np.array(['a'])}, 'utm'),
    ({'panoIds': np.array(['a']), 'utm': np.zeros((3, 2))}, 'positions of shape'),
    ({'panoIds': np.array(['a']), 'utm': np.zeros((1, 2)),
      'valSet': {'name': 'v', 'valInd': np.array([[2.0]])}}, 'row 2')])
def test_contradictions_are_named(tmp_path: Path, content: dict, message: str) -> None:
    path = tmp_path / 'ACT_data.mat'
    savemat(str(path), content)
    with pytest.raises(DataSetError, match=message):
        read_cvact_index(path)
