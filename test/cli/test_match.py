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

"""The match command: options, and real pairs."""

import json

import cv2
import numpy as np
import pytest

from xview_loc.cli.main import main
from xview_loc.cli.match import parse_intrinsics, repeated_option
from xview_loc.errors import ConfigurationError

KEYS = ['east_m', 'north_m', 'heading_deg', 'covariance', 'modes', 'score', 'confidence',
        'elapsed_ms']


def test_one_option_takes_many_files():
    assert repeated_option(['--ground', 'a', 'b', 'c', '--mpp', '1'], '--ground') == [
        '--ground', 'a', '--ground', 'b', '--ground', 'c', '--mpp', '1']
    assert repeated_option(['--mpp', '1', '2', '--ground', 'a'], '--ground') == [
        '--mpp', '1', '2', '--ground', 'a']
    assert repeated_option(['--ground', 'a', '--ground', 'b'], '--ground') == [
        '--ground', 'a', '--ground', 'b']


def test_intrinsics_are_four_numbers():
    assert parse_intrinsics('400,401.5,319.5,127.5') == (400.0, 401.5, 319.5, 127.5)
    assert parse_intrinsics('') is None
    for text in ('1,2,3', '1,2,3,x', 'f'):
        with pytest.raises(ConfigurationError, match='fx,fy,cx,cy'):
            parse_intrinsics(text)


def run_match(capsys, *arguments):
    """Run the command and return its JSON object."""
    assert main(['match', *map(str, arguments), '--json']) == 0
    return json.loads(capsys.readouterr().out)


def cvact(folder, case):
    """Return the files and the geometry of a CVACT pair."""
    return ['--ground', folder / f'case{case}_ground.png', '--projection', 'equirectangular',
            '--satellite', folder / f'case{case}_satellite.png', '--mpp', 0.25,
            '--camera-height', 3.0]


@pytest.mark.parametrize('case', [4, 7, 10, 12])
def test_true_pairs_find_north(shared_data, capsys, case):
    record = run_match(capsys, *cvact(shared_data / 'pairs' / 'cvact', case))
    assert list(record) == KEYS
    assert abs((record['heading_deg'] + 180.0) % 360.0 - 180.0) < 6.0
    assert abs(record['east_m']) < 10.0 and abs(record['north_m']) < 10.0
    assert np.linalg.eigvalsh(np.array(record['covariance']))[0] > 0.0
    assert sum(mode['weight'] for mode in record['modes']) <= 1.0 + 1e-6


def test_a_heading_prior_bounds_the_search(shared_data, capsys):
    record = run_match(capsys, *cvact(shared_data / 'pairs' / 'cvact', 4), '--heading-prior', 350,
                       '--heading-range', 12, '--offset-range', 6)
    assert abs((record['heading_deg'] + 180.0) % 360.0 - 180.0) < 6.0
    assert max(abs(record['east_m']), abs(record['north_m'])) <= 6.5


def test_a_turned_panorama_turns_the_heading(shared_data, capsys, tmp_path):
    folder = shared_data / 'pairs' / 'cvact'
    image = cv2.imread(str(folder / 'case4_ground.png'))
    # The new centre column is the one that was a quarter of the width to the right: east.
    cv2.imwrite(str(tmp_path / 'east.png'), np.roll(image, -image.shape[1] // 4, axis=1))
    arguments = cvact(folder, 4)
    arguments[1] = tmp_path / 'east.png'
    assert run_match(capsys, *arguments)['heading_deg'] == pytest.approx(90.0, abs=6.0)


def test_the_overlay_is_a_picture(shared_data, capsys, tmp_path):
    run_match(capsys, *cvact(shared_data / 'pairs' / 'cvact', 4), '--overlay', tmp_path / 'o.png')
    assert cv2.imread(str(tmp_path / 'o.png')).shape[0] > 500


@pytest.mark.parametrize('extra, words', [
    (['--heading-range', '10'], '--heading-prior'),
    (['--projection', 'fisheye'], 'fisheye'),
    (['--projection', 'pinhole'], '--intrinsics'),
    (['--camera-height', '-1'], '--camera-height'),
    (['--mpp', '0'], 'metres_per_pixel'),
    (['--model', 'nothing'], 'nothing'),
    (['--offset-range', '0'], 'radius'),
])
def test_wrong_options_are_a_sentence(capsys, tmp_path, extra, words):
    cv2.imwrite(str(tmp_path / 'g.png'), np.zeros((32, 64, 3), np.uint8))
    base = ['match', '--ground', str(tmp_path / 'g.png'), '--projection', 'equirectangular',
            '--satellite', str(tmp_path / 'g.png'), '--mpp', '0.5']
    assert main([*base, *extra]) == 2
    out, err = capsys.readouterr()
    assert out == '' and words in err and err.count('\n') == 1


def test_a_black_image_is_refused_not_guessed(capsys, tmp_path):
    cv2.imwrite(str(tmp_path / 'g.png'), np.zeros((128, 256, 3), np.uint8))
    random = np.random.default_rng(1).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / 's.png'), random)
    code = main(['match', '--ground', str(tmp_path / 'g.png'), '--projection', 'equirectangular',
                 '--satellite', str(tmp_path / 's.png'), '--mpp', '0.3', '--json'])
    out, err = capsys.readouterr()
    assert code == 2 and out == '' and 'nothing was visible' in err
