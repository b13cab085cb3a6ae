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

"""``xview-loc evaluate``."""

import json

import numpy as np
import pytest

from xview_loc.cli.main import main
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.trajectory import Trajectory, write_tum


@pytest.fixture
def drive(tmp_path):
    """Write a truth of fifty metres and two runs beside it."""
    stamps = 1_700_000_000.0 + 0.1 * np.arange(51)
    poses = np.stack([10.0 * (stamps - stamps[0]), 0 * stamps, 0 * stamps], axis=1)
    write_tum(tmp_path / 'truth.tum', Trajectory(stamps, poses))
    write_tum(tmp_path / 'good.tum', Trajectory(stamps, poses + (0.1, 0.0, 0.0)))
    (tmp_path / 'replay').mkdir()
    write_tum(tmp_path / 'replay' / 'trajectory.tum', Trajectory(stamps, poses + (0, 2, 0)))
    with BagWriter(tmp_path / 'bag') as writer:
        writer.set_custom_data('map_origin', '49.0 8.4 110.0')
        for stamp, (x, y, yaw) in zip(stamps.tolist(), poses.tolist()):
            writer.write_odometry('/truth', stamp, Pose2(x, y, yaw), 'map')
            writer.write_fix('/fix', stamp, 49.0, 8.4, 110.0)
    return tmp_path


@pytest.mark.parametrize('truth', ['truth.tum', 'bag'])
def test_several_runs_are_compared_in_one_page(capsys, drive, truth):
    out = drive / 'out'
    assert main(['evaluate', str(drive / 'good.tum'), str(drive / 'replay'), '--truth',
                 str(drive / truth), '--out', str(out), '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert record['runs']['good']['ape_median_m'] == pytest.approx(0.1, abs=1e-6)
    assert record['runs']['replay']['ape_median_m'] == pytest.approx(2.0, abs=1e-6)
    page = (out / 'comparison.html').read_text()
    assert 'good' in page and 'replay' in page and page.count('data:image/png') == 3


def test_bag_that_knows_its_place_gives_files_for_maps(capsys, drive):
    assert main(['evaluate', str(drive / 'good.tum'), '--truth', str(drive / 'bag'), '--out',
                 str(drive / 'out')]) == 0
    assert {path.name for path in (drive / 'out').iterdir()} >= {
        'good.geojson', 'good.kml', 'truth.geojson', 'truth.kml'}


def test_origin_may_be_given(capsys, drive):
    assert main(['evaluate', str(drive / 'good.tum'), '--truth', str(drive / 'truth.tum'),
                 '--out', str(drive / 'out'), '--origin', '49', '8.4', '110', '--json']) == 0
    line = json.loads((drive / 'out' / 'good.geojson').read_text())['features'][0]
    assert line['geometry']['coordinates'][0] == pytest.approx([8.4, 49.0], abs=1e-5)


@pytest.mark.parametrize('arguments, words', [
    (['good.tum', '--truth', 'none.tum'], 'none.tum'),
    (['none.tum', '--truth', 'truth.tum'], 'none.tum'),
    (['good.tum', 'good.tum', '--truth', 'truth.tum'], 'named twice'),
    (['good.tum', '--truth', 'bag', '--topic', '/fix'], '/fix of bag holds no poses'),
    (['good.tum', '--truth', 'bag', '--topic', '/nope'], 'no topic /nope')])
def test_known_errors_are_one_sentence_and_code_2(capsys, drive, monkeypatch, arguments, words):
    monkeypatch.chdir(drive)
    assert main(['evaluate', *arguments, '--out', 'out']) == 2
    out, err = capsys.readouterr()
    assert out == '' and words in err and 'Traceback' not in err
