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

"""The likelihood of a real drive is fitted on one half and better on the other."""

import json

import pytest
from tiny_packages import tiny_package
import yaml

from xview_loc.cli.likelihood_fit import APART_M, joined
from xview_loc.cli.main import main
from xview_loc.filtering.likelihood_calibration import CalibrationSample
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.model_package import read_model_package
from xview_loc.recordings.kitti_fixture import read_mosaic
from xview_loc.recordings.kitti_raw import KittiBagOptions, write_kitti_bag


@pytest.fixture
def kitti(shared_data, tmp_path):
    """Return a bag and its imagery."""
    folder = shared_data / 'kitti_raw_0001'
    write_kitti_bag(folder, tmp_path / 'bag', KittiBagOptions(frames='odd'))
    read_mosaic(folder).write_geotiff(tmp_path / 'mosaic.tif')
    return ['calibrate', str(tmp_path / 'bag'), '--tiles', str(tmp_path / 'mosaic.tif')]


def test_a_drive_with_truth_gives_parameters_of_the_filter(kitti, tmp_path, capsys):
    out = tmp_path / 'fitted.yaml'
    picture = tmp_path / 'reliability.png'
    assert main([*kitti, '--likelihood', '--truth', '/truth', '--out', str(out), '--diagram',
                 str(picture), '--json']) == 0
    assert picture.read_bytes().startswith(b'\x89PNG')
    record = json.loads(capsys.readouterr().out)
    assert record['matches_fitted'] >= 20
    assert record['matches_held_out'] >= 20
    assert record['calibration_error'] < 0.6 * record['calibration_error_before']
    assert 0.5 < record['decorrelation_m'] < 6.0
    written = yaml.safe_load(out.read_text())['/**']['ros__parameters']['likelihood']
    names = ('temperature', 'outlier', 'doubt', 'decorrelation_m')
    assert written == {name: record[name] for name in names}


def test_without_truth_it_is_refused_with_a_sentence(kitti, capsys):
    assert main([*kitti, '--likelihood']) == 2
    assert '--truth' in capsys.readouterr().err


def test_a_fit_is_written_into_the_package_once(kitti, tmp_path, capsys):
    folder = tiny_package(tmp_path / 'gates', 'bev_net', trained=True).folder
    out = tmp_path / 'filter.yaml'
    arguments = [*kitti, '--likelihood', '--truth', '/truth', '--model', str(folder),
                 '--into-model', '--out', str(out), '--json']
    assert main(arguments) == 0
    record = json.loads(capsys.readouterr().out)
    shown = read_model_package(folder).description.calibration.reliability
    assert (shown.temperature, shown.floor, shown.doubt, shown.decorrelation_m) == (
        record['temperature'], record['outlier'], record['doubt'], record['decorrelation_m'])
    # the package divides by its temperature: the filter must not do it again
    written = yaml.safe_load(out.read_text())['/**']['ros__parameters']['likelihood']
    assert written['temperature'] == written['doubt'] == 1.0
    assert written['outlier'] == record['outlier']
    assert main(arguments) == 0
    again = json.loads(capsys.readouterr().out)
    assert again['temperature'] == record['temperature'] != 1.0


def test_without_a_package_there_is_nothing_to_write_into(kitti, capsys):
    assert main([*kitti, '--likelihood', '--truth', '/truth', '--into-model']) == 2
    message = capsys.readouterr().err
    assert 'no model.yaml' in message and message.count('\n') == 1


def test_whole_drives_are_fitted_and_others_held_out(kitti, capsys):
    command, bag, *tiles = kitti
    assert main([command, bag, bag, *tiles, '--likelihood', '--truth', '/truth', '--matches', '40',
                 '--held-out', '1', '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    # with halves of one drive there would be at most 20 of each
    assert 30 < record['matches_fitted'] <= 40
    assert 30 < record['matches_held_out'] <= 40
    assert record['calibration_error'] < record['calibration_error_before']


@pytest.mark.parametrize('further, said', [
    (['--likelihood', '--truth', '/truth', '--held-out', '2'], '2 of 2 drives'),
    (['--likelihood', '--truth', 'a', '--truth', 'b', '--truth', 'c'], '--truth is given 3 times'),
    ([], 'a camera is calibrated with one')])
def test_drives_that_do_not_fit_together_are_refused(kitti, further, said, capsys):
    command, bag, *tiles = kitti
    assert main([command, bag, bag, *tiles, *further]) == 2
    message = capsys.readouterr().err
    assert said in message and message.count('\n') == 1


def test_drives_put_one_after_the_other_share_no_errors():
    def sample(odometer):
        return CalibrationSample(None, Pose2(0.0, 0.0, 0.0), odometer)

    apart = joined([[sample(0.0), sample(3.0)], [sample(0.0), sample(5.0)]])
    assert [one.odometer for one in apart] == [0.0, 3.0, 3.0 + APART_M, 8.0 + APART_M]
