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

"""Lists, and the sentences about wrong ones."""

from pathlib import Path

import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.list_file import parse_numbers, read_rows


def test_empty_lines_and_a_missing_last_new_line_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    path.write_text('a b\n\n c  d')
    assert list(read_rows(path, 2, 'pairs')) == [(1, ['a', 'b']), (3, ['c', 'd'])]


def test_a_separator_keeps_blanks_inside_words(tmp_path: Path) -> None:
    path = tmp_path / 'list.csv'
    path.write_text('a b, c\r\nd,e\n')
    assert [words for _, words in read_rows(path, 2, 'pairs', ',')] == [['a b', 'c'], ['d', 'e']]


def test_file_and_line_are_named(tmp_path: Path) -> None:
    path = tmp_path / 'list.txt'
    with pytest.raises(DataSetError, match='list.txt is missing; it holds pairs'):
        list(read_rows(path, 2, 'pairs'))
    path.write_text('a b\na b c\n')
    with pytest.raises(DataSetError, match='line 2 has 3 fields; it must have 2 or 4'):
        list(read_rows(path, (2, 4), 'pairs'))
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(DataSetError, match='not a text file'):
        list(read_rows(path, 2, 'pairs'))


@pytest.mark.parametrize('word', ['x', 'nan', 'inf', ''])
def test_what_is_no_number_is_named_with_its_line(word: str) -> None:
    with pytest.raises(DataSetError, match='list line 7'):
        parse_numbers('list', 7, ['1.5', word])
    assert parse_numbers('list', 7, ['1.5', '-2e3']) == [1.5, -2000.0]
