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

"""The sub-commands of ``xview-loc map``, on real imagery files, also when killed."""

import json
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from small_bag import ORIGIN, write_small_bag
from synthetic_scene import panorama_camera, patterned_patch, rendered_frame
from tiny_packages import tiny_package

from xview_loc.cli.main import main
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.imagery.mbtiles_writer import MBTilesWriter

FRAME = LocalFrame(*ORIGIN)
PATCH = patterned_patch(seed=3)


@pytest.fixture
def pack(tmp_path):
    """Return imagery of 120 m by 160 m around the origin of the small bag."""
    path = tmp_path / 'town.mbtiles'
    with MBTilesWriter(path, name='town', attribution='(c) the town', date='2024-05') as writer:
        writer.write_image(
            np.array(PATCH.image), PatchGeometry(0.0, 0.0, 0.2, *PATCH.geometry.shape), FRAME)
    return path


@pytest.fixture
def model(tmp_path):
    return tiny_package(tmp_path / 'model', 'safa').folder


def bounds(right: float, up: float) -> str:
    """Return the bounds of a rectangle around the origin, half sides in metres."""
    latitude, longitude, _ = FRAME.geodetic_from_map(
        np.array([-right, right]), np.array([-up, up]))
    return f'{longitude[0]:.8f},{latitude[0]:.8f},{longitude[1]:.8f},{latitude[1]:.8f}'


def arguments(model, pack, out, *more) -> list[str]:
    return ['map', 'build', '--model', str(model), '--tiles', str(pack), '--out', str(out),
            '--allow-untrained', '--json', *map(str, more)]


def run_json(capsys, *command) -> dict:
    """Run a command that succeeds and return its JSON object."""
    assert main([str(part) for part in command]) == 0
    return json.loads(capsys.readouterr().out)


def test_build_info_and_find(capsys, tmp_path, pack, model) -> None:
    out = tmp_path / 'map'
    record = run_json(capsys, *arguments(
        model, pack, out, '--bounds', bounds(40.0, 30.0), '--licence', 'CC0'))
    assert record['complete'] and record['known'] > 1200 and record['empty'] == 0
    assert record['imagery'] == {'name': 'town.mbtiles', 'date': '2024-05', 'licence': 'CC0',
                                 'attribution': '(c) the town'}
    told = run_json(capsys, 'map', 'info', out, '--verify', '--json')
    assert told['checksum'] == record['checksum'] and told['verified']
    assert main(['map', 'info', str(out)]) == 0
    assert 'untrained_safa' in capsys.readouterr().out

    place, heading = (12.0, -8.0), 67.5
    middle = PATCH.geometry
    pose = Pose2(middle.centre_x + place[0], middle.centre_y + place[1],
                 np.radians(90.0 - heading))
    image = rendered_frame(PATCH, pose, panorama_camera()).image
    cv2.imwrite(str(tmp_path / 'view.png'), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    found = run_json(
        capsys, 'map', 'find', out, '--model', model, '--ground', tmp_path / 'view.png',
        '--projection', 'equirectangular', '--allow-untrained', '--json')['places']
    assert len(found) == 10 and found[0]['score'] >= found[9]['score'] > 0.5
    x, y, _ = FRAME.map_from_geodetic(found[0]['latitude'], found[0]['longitude'])
    assert np.hypot(x - place[0], y - place[1]) < 3.0
    assert abs(found[0]['heading_deg'] - heading) < 23.0
    assert main(['map', 'find', str(out), '--model', str(model), '--ground',
                 str(tmp_path / 'view.png'), '--projection', 'equirectangular',
                 '--allow-untrained']) == 0
    assert 'heading' in capsys.readouterr().out


def test_along_a_bag_or_a_table(capsys, tmp_path, pack, model) -> None:
    bag = write_small_bag(tmp_path / 'bag')
    record = run_json(capsys, *arguments(
        model, pack, tmp_path / 'a', '--route', bag, '--corridor', 6, '--spacing', 3))
    assert record['complete'] and record['known'] >= 10 and record['spacing_m'] == 3.0
    table = tmp_path / 'route.csv'
    table.write_text(f'name,latitude,longitude\nhome,{ORIGIN[0]},{ORIGIN[1]}\n')
    record = run_json(capsys, *arguments(
        model, pack, tmp_path / 'b', '--route', table, '--corridor', 6, '--datum', *ORIGIN[:2]))
    assert record['known'] == 29 and record['datum'] == [*ORIGIN[:2], 0.0]


def test_killed_builds_give_the_checksum_of_one_that_was_not(capsys, tmp_path, pack, model
                                                             ) -> None:
    more = ('--bounds', bounds(60.0, 40.0), '--spacing', 1.0)
    whole = run_json(capsys, *arguments(model, pack, tmp_path / 'whole', *more))
    out = tmp_path / 'killed'
    code = 'import sys; from xview_loc.cli.main import main; sys.exit(main(sys.argv[1:]))'
    command = [sys.executable, '-c', code, *arguments(model, pack, out, *more)]
    killed, counts = 0, [0]
    while True:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while process.poll() is None and known(out) < counts[-1] + 1500:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        output = process.communicate()[0]
        if process.returncode != -signal.SIGKILL:
            break
        killed += 1
        counts.append(known(out))
        assert not run_json(capsys, 'map', 'info', out, '--json')['complete']
    assert process.returncode == 0 and killed >= 3 and counts == sorted(counts)
    assert json.loads(output)['checksum'] == whole['checksum']
    assert whole['known'] > 9000


def known(folder) -> int:
    """Count the cells that are known, from the files alone."""
    states = [np.fromfile(path, np.uint8, 64 * 64) for path in folder.glob('blocks/*.block')]
    return int(sum(np.count_nonzero(state) for state in states))


@pytest.mark.parametrize(('more', 'sentence'), [
    (['--bounds', '8,49,8.1'], 'give west,south,east,north'),
    (['--bounds', '8,49,8.1,x'], 'give west,south,east,north'),
    (['--bounds', '8,49.1,8.1,49'], 'south must be below north'),
    (['--bounds', '8.0,49.0,8.1,49.1'], 'at most 100000 are allowed'),
    ([], 'either --bounds or --route'),
    (['--bounds', '8,49,8.1,49.1', '--route', 'x.csv'], 'either --bounds or --route'),
    (['--route', 'missing.csv'], 'missing.csv is missing')])
def test_what_cannot_be_built_is_one_sentence(capsys, tmp_path, pack, model, more, sentence
                                              ) -> None:
    assert main(arguments(model, pack, tmp_path / 'map', *more)) == 2
    error = ' '.join(capsys.readouterr().err.split())
    assert sentence in error and 'Traceback' not in error


def test_models_that_cannot_be_used_are_refused(capsys, tmp_path, pack, model) -> None:
    dense = tiny_package(tmp_path / 'dense', 'cvml').folder
    more = ('--bounds', bounds(10.0, 10.0))
    for folder, sentence in ((dense, 'no descriptors of tiles'),
                             (tmp_path / 'nothing', 'no model package')):
        assert main(arguments(folder, pack, tmp_path / 'map', *more)) == 2
        assert sentence in ' '.join(capsys.readouterr().err.split())
    command = arguments(model, pack, tmp_path / 'map', *more)
    command.remove('--allow-untrained')
    assert main(command) == 2
    assert 'random weights' in capsys.readouterr().err
    assert main(['map', 'info', str(tmp_path)]) == 2
    assert 'is no descriptor map' in ' '.join(capsys.readouterr().err.split())
