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

"""The sub-commands of ``xview-loc tiles``."""

import json

import cv2
import numpy as np
import pytest
from small_bag import ORIGIN, write_small_bag
from tile_server import serving

from xview_loc.cli.main import main
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter


@pytest.fixture
def pack(tmp_path):
    """Return a pack of 200 m around the origin of the small bag."""
    path = tmp_path / 'town.mbtiles'
    image = np.random.default_rng(0).integers(0, 255, (500, 400, 3), dtype=np.uint8)
    with MBTilesWriter(path, name='town', attribution='(c) the town', date='2024-05') as writer:
        writer.write_image(image, PatchGeometry(0.0, 0.0, 0.5, 500, 400), LocalFrame(*ORIGIN))
    return path


def run_json(capsys, *arguments):
    """Run a command that succeeds and return its JSON object."""
    assert main(['tiles', *map(str, arguments), '--json']) == 0
    return json.loads(capsys.readouterr().out)


def test_info_states_credit_resolution_and_draws_a_thumbnail(capsys, tmp_path, pack):
    picture = tmp_path / 'town.png'
    record = run_json(capsys, 'info', pack, '--thumbnail', picture)
    assert record['attribution'] == '(c) the town'
    assert record['metres_per_pixel'] < 0.5
    assert record['zooms'][-1]['tiles'] > 4
    assert max(cv2.imread(str(picture)).shape) == 512


def test_info_reads_well_without_json(capsys, pack):
    assert main(['tiles', 'info', str(pack)]) == 0
    assert '(c) the town' in capsys.readouterr().out


def test_import_makes_a_pack_that_knows_its_licence(capsys, tmp_path, pack):
    record = run_json(capsys, 'import', pack, '--out', tmp_path / 'copy.mbtiles',
                      '--licence', 'CC BY 4.0')
    info = run_json(capsys, 'info', tmp_path / 'copy.mbtiles')
    assert info['manifest']['licence'] == record['licence'] == 'CC BY 4.0'
    assert info['manifest']['checksum'] == record['checksum']


def test_fetch_follows_the_fixes_of_a_bag(capsys, tmp_path):
    write_small_bag(tmp_path / 'bag')
    with serving() as (server, template):
        record = run_json(capsys, 'fetch', '--url-template', template, '--along',
                          tmp_path / 'bag', '--zoom', 17, '--zoom', 18, '--reach', 60,
                          '--rate', 1000, '--out', tmp_path / 'drive.mbtiles')
    assert record['tiles'] == sum(server.requests.values()) > 4
    assert (record['coarsest_zoom'], record['finest_zoom']) == (17, 18)
    assert record['bounds'][0] < ORIGIN[1] < record['bounds'][2]


@pytest.mark.parametrize('arguments, words', [
    (['info', 'none.mbtiles'], 'none.mbtiles'),
    (['info', 'none.mbtiles', '--scheme', 'spiral'], 'spiral'),
    (['import', 'none.tif', '--out', 'a.mbtiles'], 'none.tif'),
    (['fetch', '--url-template', 'http://127.0.0.1:9/{z}/{x}/{y}', '--zoom', '18', '--out', 'a'],
     '--along'),
])
def test_known_errors_are_one_sentence(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(['tiles', *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ''
    assert words in err
    assert len(err.strip().splitlines()) == 1
