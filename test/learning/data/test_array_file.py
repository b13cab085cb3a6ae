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

"""A file of arrays is whole or taken for absent."""

from pathlib import Path

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.array_file import digest_of, read_arrays, write_arrays

ARRAYS = {'image': np.arange(600, dtype=np.uint8).reshape(10, 20, 3), 'name': np.array('a')}


def test_arrays_come_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / 'folder' / 'pair.npz'
    assert read_arrays(path) is None
    write_arrays(path, ARRAYS)
    found = read_arrays(path)
    assert found is not None and list(found) == list(ARRAYS)
    assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize('length', [0, 10, 300, -40])
def test_a_file_that_was_cut_is_taken_for_absent(tmp_path: Path, length: int) -> None:
    path = tmp_path / 'pair.npz'
    write_arrays(path, ARRAYS)
    path.write_bytes(path.read_bytes()[:length])
    assert read_arrays(path) is None


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(DataSetError, match='cannot be written'):
        write_arrays(tmp_path / 'file' / 'pair.npz', ARRAYS)


def test_a_digest_tells_texts_apart() -> None:
    assert digest_of('a') == digest_of('a') != digest_of('b')
    assert len(digest_of('a')) == 16
