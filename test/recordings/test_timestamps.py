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

"""Timestamps of KITTI."""

import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.timestamps import read_timestamps


def test_nanoseconds_are_kept_exactly(tmp_path):
    path = tmp_path / 'timestamps.txt'
    path.write_text('2011-09-26 13:02:25.964389445\n2011-09-26 13:02:26.064\n\n')
    assert read_timestamps(path).tolist() == [1317042145964389445, 1317042146064000000]


def test_half_a_line_is_named(tmp_path):
    path = tmp_path / 'timestamps.txt'
    path.write_text('2011-09-26 13:02:25.964389445\n2011-09-26 13:\n')
    with pytest.raises(RecordingError, match=r'timestamps.txt line 2: .*2011-09-26 13:'):
        read_timestamps(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(RecordingError, match='timestamps.txt is missing'):
        read_timestamps(tmp_path / 'timestamps.txt')
