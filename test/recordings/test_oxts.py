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

"""Navigation records of KITTI raw."""

import math

from kitti_miniature import write_miniature
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.oxts import (
    FIELDS, mercator_positions, OxtsTrack, read_oxts, read_pose_table)


def test_positions_equal_the_published_formulas(shared_data):
    track = read_pose_table(shared_data / 'kitti_raw_0001' / 'poses.csv')
    scale = math.cos(track.column('latitude_deg')[0] * math.pi / 180.0)
    expected = []
    for latitude, longitude in zip(track.column('latitude_deg'), track.column('longitude_deg')):
        expected.append((
            scale * longitude * math.pi * 6378137.0 / 180.0,
            scale * 6378137.0 * math.log(math.tan((90.0 + latitude) * math.pi / 360.0))))
    expected = np.array(expected) - expected[0]
    found = mercator_positions(track)[:, :2]
    assert np.abs(found - expected).max() < 1e-3
    # Golden row: the last of 108 records.
    assert len(track) == 108
    assert found[-1] == pytest.approx((-96.7317, -45.3602), abs=1e-3)


def test_record_is_read_by_its_published_columns(tmp_path):
    drive = write_miniature(tmp_path)
    (drive / 'oxts' / 'data' / '0000000003.txt').write_text(
        ' '.join(str(100 + column) for column in range(30)))
    track = read_oxts(drive / 'oxts')
    record = dict(zip(FIELDS, track.values[3]))
    assert (record['roll'], record['pitch'], record['yaw']) == (103, 104, 105)
    assert (record['forward_mps'], record['left_mps'], record['up_mps']) == (108, 109, 110)
    assert record['acceleration_z'] == 113
    assert (record['turn_x'], record['turn_z'], record['turn_up']) == (117, 119, 122)
    assert record['position_accuracy_m'] == 123


def test_yaw_is_interpolated_across_the_seam():
    values = np.zeros((2, len(FIELDS)))
    values[:, FIELDS.index('yaw')] = math.pi - 0.1, -math.pi + 0.1
    track = OxtsTrack(np.array([0, 10**8]), values)
    yaw = track.at(np.array([25 * 10**6, 5 * 10**7])).column('yaw')
    assert np.cos(yaw) == pytest.approx(np.cos([math.pi - 0.05, math.pi]))
    assert np.sin(yaw) == pytest.approx(np.sin([math.pi - 0.05, math.pi]), abs=1e-12)


def test_half_a_row_of_the_table_is_named(tmp_path, shared_data):
    text = (shared_data / 'kitti_raw_0001' / 'poses.csv').read_text()
    lines = text.splitlines()
    path = tmp_path / 'poses.csv'
    path.write_text('\n'.join([*lines[:5], lines[5][:40]]))
    with pytest.raises(RecordingError, match=r'poses.csv line 6 has \d values; .* 14'):
        read_pose_table(path)


@pytest.mark.parametrize('cell, reason', [
    ('north', 'could not convert'), ('nan', 'not finite')])
def test_a_bad_cell_of_the_table_is_named(tmp_path, shared_data, cell, reason):
    lines = (shared_data / 'kitti_raw_0001' / 'poses.csv').read_text().splitlines()
    words = lines[2].split(',')
    words[2] = cell
    path = tmp_path / 'poses.csv'
    path.write_text('\n'.join([*lines[:2], ','.join(words)]))
    with pytest.raises(RecordingError, match=f'poses.csv line 3.*{reason}'):
        read_pose_table(path)


def test_missing_column_of_the_table_is_named(tmp_path):
    path = tmp_path / 'poses.csv'
    path.write_text('frame,t_unix\n0,1.0\n')
    with pytest.raises(RecordingError, match='poses.csv line 1: the column lat_deg is missing'):
        read_pose_table(path)


def test_half_a_record_is_named(tmp_path):
    drive = write_miniature(tmp_path)
    (drive / 'oxts' / 'data' / '0000000004.txt').write_text('49.0 8.4 110.')
    with pytest.raises(RecordingError, match=r'0000000004.txt line 1 has 3 values'):
        read_oxts(drive / 'oxts')


def test_record_without_a_stamp_is_named(tmp_path):
    drive = write_miniature(tmp_path)
    stamps = drive / 'oxts' / 'timestamps.txt'
    stamps.write_text('\n'.join(stamps.read_text().splitlines()[:6]))
    with pytest.raises(RecordingError, match=r'0000000006.txt has no line in timestamps.txt'):
        read_oxts(drive / 'oxts')
