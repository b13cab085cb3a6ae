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

"""The sub-commands ``xview-loc train`` and ``xview-loc test``."""

import builtins
import json
from pathlib import Path
import subprocess
import sys

import cv2
from made_orthophotos import street_scene
from miniature_sets import make_cvusa
import pytest
import yaml

from xview_loc.cli.main import main
from xview_loc.cli.run_display import RunDisplay
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.mbtiles_writer import MBTilesWriter

pytest.importorskip('lightning')
RECIPE = {
    'name': 'trial', 'family': 'stn_safa', 'network': {'base': 'small'},
    'data': {'kind': 'cvusa', 'train': {'split': 'train'}, 'validation': {'split': 'val'},
             'tests': {'val': {'split': 'val'}}, 'change': 'mirror'},
    'batches': {'size': 2}, 'loss': {'kind': 'hardest'},
    'schedule': {'epochs': 1, 'learning_rate': 1e-4}, 'protocol': 'cvusa',
    'published': 'cvusa', 'best': 'recall@1'}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / 'trial.yaml'
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def test_a_run_is_trained_resumed_and_scored(
        recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = make_cvusa(tmp_path / 'cvusa', train=4), tmp_path / 'run'
    arguments = ['train', str(recipe), '--data', str(root), '--out', str(out), '--accelerator',
                 'cpu', '--workers', '0', '--json']
    assert main(arguments) == 0
    printed = capsys.readouterr()
    record = json.loads(printed.out)
    assert record['epochs'] == 1 and record['figures']['recall@1'] >= 0.0
    assert 'epoch 1, loss' in printed.err
    assert main(arguments) == 2
    assert 'resume it with --resume' in capsys.readouterr().err
    assert main([*arguments, '--resume', '--epochs', '2']) == 0
    assert json.loads(capsys.readouterr().out)['epochs'] == 2

    assert main(['test', str(out / 'last.safetensors'), '--data', str(root), '--out',
                 str(tmp_path / 'report'), '--workers', '0', '--json']) == 0
    table, = json.loads(capsys.readouterr().out)['tables']
    kinds = [row['kind'] for row in table['rows']]
    assert kinds[:4] == ['ours', 'blind', 'centre', 'prior'] and 'published' in kinds
    # two pairs are not the 8 884 of the papers
    assert not any(row['same_data'] for row in table['rows'] if row['kind'] == 'published')
    assert table['facts']['trained for'] == '2 epochs'
    written = json.loads((tmp_path / 'report' / 'evaluation.json').read_text())['tables'][0]
    assert written['rows'] == table['rows']
    assert 'SAFA README' in (tmp_path / 'report' / 'evaluation.html').read_text()
    assert 'SAFA README' in (tmp_path / 'report' / 'evaluation.md').read_text()


@pytest.mark.slow
def test_gates_are_learnt_from_the_tiles_of_a_city_and_exported(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / 'city.mbtiles', tmp_path / 'run'
    with MBTilesWriter(path, name='city', image_format='png') as writer:
        for number, (x, y) in enumerate(((0.0, 0.0), (900.0, 0.0), (0.0, 900.0))):
            writer.write_image(street_scene(900, number), PatchGeometry(x, y, 0.3, 900, 900),
                               LocalFrame(48.0, 11.0), finest_zoom=19)
    assert main([
        'train', 'bev_net_tiles', '--data', f'tiles:{path}', '--option', 'count=24', '--option',
        f'keep={tmp_path / "kept"}', '--set', 'batches.size=4', '--set', 'network.base=small',
        '--epochs', '1', '--out', str(out), '--accelerator', 'cpu', '--workers', '0',
        '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert record['check']['with_gradient'] == record['check']['weights']
    assert abs(record['figures']['gain']) < 2.0
    assert list((tmp_path / 'kept').rglob('*.npz'))
    assert main(['export', str(out / 'best.safetensors'), '--out', str(tmp_path / 'package'),
                 '--json']) == 0
    package = json.loads(capsys.readouterr().out)
    assert package['family'] == 'bev_net' and package['parity']['float32_max_abs'] < 1e-4
    for name, image in (('ground', street_scene(512)[:152, :308]), ('place', street_scene(512))):
        cv2.imwrite(str(tmp_path / f'{name}.png'), image)
    assert main([
        'match', '--ground', str(tmp_path / 'ground.png'), '--projection', 'equirectangular',
        '--satellite', str(tmp_path / 'place.png'), '--mpp', '0.25', '--model',
        str(tmp_path / 'package'), '--json']) == 0
    assert 0.0 <= json.loads(capsys.readouterr().out)['confidence'] <= 1.0


@pytest.mark.parametrize('arguments, words', [
    (['train', 'moon'], 'safa_cvusa'),
    (['train', 'safa_cvusa', '--random-weights'], '--data'),
    (['train', 'safa_cvusa', '--random-weights', '--data', 'moon:there'], 'bag:PATH'),
    (['train', 'safa_cvusa', '--random-weights', '--data', '/nowhere'], '/nowhere'),
    (['train', 'safa_cvusa', '--precision', 'half'], '16-mixed'),
    (['test', 'absent.safetensors'], 'absent.safetensors')])
def test_what_cannot_be_is_one_sentence(
        arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert words in message
    assert 'Traceback' not in message and message.count('\n') == 1


def test_a_wrong_key_of_a_recipe_is_one_sentence(
        recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe.write_text(yaml.safe_dump({**RECIPE, 'schedul': {}}))
    assert main(['train', str(recipe)]) == 2
    message = capsys.readouterr().err
    assert 'schedul is not known' in message and message.count('\n') == 1


def test_without_torch_both_say_what_to_install(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = builtins.__import__

    def without(name: str, *rest, **options):
        if name.startswith('xview_loc.learning.training'):
            raise ModuleNotFoundError("No module named 'torch'", name='torch')
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, '__import__', without)
    for command in (['train', 'safa_city'], ['test', 'x.safetensors']):
        assert main(command) == 2
        assert 'needs torch' in capsys.readouterr().err


def test_the_time_left_counts_from_the_first_step_of_this_run() -> None:
    display = RunDisplay()
    assert display.left() == ''
    display.progress('epoch 3', 201, 400)
    display._began = (display._began[0] - 10.0, 200)
    display.progress('epoch 3', 220, 400)
    # 20 steps took 10 s, 180 are left
    assert display.left() == '0:01:30 left'


@pytest.mark.slow
def test_two_processes_print_one_object(recipe: Path, tmp_path: Path) -> None:
    root = make_cvusa(tmp_path / 'cvusa', train=8)
    recipe.write_text(yaml.safe_dump({**RECIPE, 'batches': {'size': 4}}))
    done = subprocess.run(
        [sys.executable, '-m', 'xview_loc.cli.main', 'train', str(recipe), '--data', str(root),
         '--out', str(tmp_path / 'run'), '--accelerator', 'cpu', '--devices', '2', '--workers',
         '0', '--json'], capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)['epochs'] == 1
    assert done.stderr.count('epoch 1, loss') == 1
