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

"""Lists of images, tiles and positions."""

from pathlib import Path

from miniature_sets import robotcar_line, write_lines
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.position_list import read_position_list


def test_positions_keep_all_their_digits(tmp_path: Path) -> None:
    path = write_lines(tmp_path / 'list.txt', [robotcar_line(619787.1450088092,
                                                             5734845.910437141)])
    rows = read_position_list(path)
    assert rows.positions.dtype == np.float64
    np.testing.assert_array_equal(rows.positions, [[619787.1450088092, 5734845.910437141]])


def test_real_rows_say_in_their_names_where_they_are(shared_data: Path) -> None:
    rows = read_position_list(shared_data / 'labels' / 'oxford_validation.txt')
    assert len(rows) == 200
    names = [Path(ground).stem.split('_') for ground in rows.grounds]
    np.testing.assert_array_equal(np.array(names, dtype=np.float64), rows.positions)


def test_an_empty_list_and_a_wrong_number_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='holds no pairs'):
        read_position_list(write_lines(tmp_path / 'empty.txt', ['']))
    with pytest.raises(DataSetError, match="line 1: 'x' is not"):
        read_position_list(write_lines(tmp_path / 'list.txt', ['a b 1.0 x']))
