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

"""The sub-commands of ``xview-loc bag``."""

import json

from kitti_sequence import write_sequence
import pytest
from robotcar_miniature import write_kit, write_traversal

from xview_loc.cli.main import main
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_writer import BagWriter


def run_json(capsys, *arguments):
    """Run a command that succeeds and return its JSON object."""
    assert main(['bag', *map(str, arguments), '--json']) == 0
    return json.loads(capsys.readouterr().out)


def test_nmea_log_becomes_a_bag(capsys, tmp_path, shared_data):
    record = run_json(capsys, 'nmea', shared_data / 'nmea' / 'pygpsdata-nmeabadck2.log',
                      '--out', tmp_path / 'bag')
    assert (record['fixes'], record['checksum_errors']) == (1, 1)
    with BagReader(tmp_path / 'bag') as reader:
        assert reader.start_ns == 1_642_679_974 * 10**9


def test_undated_log_says_what_to_give(capsys, tmp_path):
    log = tmp_path / 'a.nmea'
    log.write_text('$GPGGA,120000.00,4830.0,N,01100.0,W,1,08,1.5,500.0,M,47.0,M,,*78\n')
    assert main(['bag', 'nmea', str(log), '--out', str(tmp_path / 'bag')]) == 0
    assert '--date YYYY-MM-DD' in ' '.join(capsys.readouterr().err.split())
    run_json(capsys, 'nmea', log, '--out', tmp_path / 'dated', '--date', '2020-02-29')
    with BagReader(tmp_path / 'dated') as reader:
        assert reader.start_ns == (1_582_934_400 + 43_200) * 10**9


def test_comma_excerpt_becomes_a_bag(capsys, tmp_path, shared_data):
    record = run_json(capsys, 'comma2k19', shared_data / 'comma2k19' / 'example1_first_30s.npz',
                      '--out', tmp_path / 'bag')
    assert (record['poses'], record['fixes'], record['video']) == (601, 286, False)


def test_robotcar_traversal_becomes_a_bag(capsys, tmp_path):
    record = run_json(capsys, 'robotcar', write_traversal(tmp_path), '--kit', write_kit(tmp_path),
                      '--out', tmp_path / 'bag', '--camera', 'stereo/centre')
    assert (record['images'], record['missing_images']) == (4, 1)
    assert record['truth'].endswith('rtk.csv')


def test_kitti_odometry_sequence_becomes_a_bag(capsys, tmp_path):
    record = run_json(capsys, 'kitti-odometry', write_sequence(tmp_path), '--out',
                      tmp_path / 'bag', '--origin', '49', '8.4', '110', '--heading', '30')
    assert record['images'] == 6
    with BagReader(tmp_path / 'bag') as reader:
        assert '/fix' in reader.topics


def test_info_tells_topics_and_counts(capsys, tmp_path):
    with BagWriter(tmp_path / 'bag') as writer:
        writer.set_custom_data('map_origin', '49.0 8.4 110.0')
        for i in range(3):
            writer.write_odometry('/odometry/filtered', 10.0 + i, Pose2(i, 0, 0))
    record = run_json(capsys, 'info', tmp_path / 'bag')
    assert record['topics'] == {
        '/odometry/filtered': {'type': 'nav_msgs/msg/Odometry', 'messages': 3}}
    assert (record['duration_s'], record['map_origin']) == (2.0, '49.0 8.4 110.0')
    assert main(['bag', 'info', str(tmp_path / 'bag')]) == 0
    assert 'nav_msgs/msg/Odometry' in capsys.readouterr().out


@pytest.mark.parametrize('arguments, words', [
    (['info', 'none'], 'none does not exist'),
    (['nmea', 'none', '--out', 'x'], 'none cannot be read'),
    (['comma2k19', 'none', '--out', 'x'], 'none does not exist'),
    (['kitti-odometry', 'none', '--out', 'x'], 'none.txt is missing'),
    (['robotcar', 'none', '--out', 'x', '--kit', 'y'], 'none is not a folder'),
    (['kitti', 'none', '--out', 'x', '--format', 'gif'], "'gif' is unknown")])
def test_known_errors_are_one_sentence_and_code_2(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(['bag', *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert words in err and 'Traceback' not in err
    assert not (tmp_path / 'x').exists()
