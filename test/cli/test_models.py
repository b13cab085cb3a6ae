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

"""The list of models says what each is, also when it cannot be used."""

import json
from pathlib import Path

import pytest
from tiny_packages import tiny_package

from xview_loc.cli import model_listing
from xview_loc.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of packages, and let no others be installed."""
    monkeypatch.setattr(model_listing, 'model_folders', lambda: ())
    for family in ('safa', 'cvml'):
        tiny_package(tmp_path / 'models' / family, family)
    return tmp_path / 'models'


def run(capsys: pytest.CaptureFixture[str], *arguments) -> list[dict]:
    """Return the models that the command lists, by name."""
    assert main(['models', '--json', *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)['models']


def test_the_training_free_matcher_is_always_there(folder, capsys) -> None:
    (free,) = run(capsys)
    assert (free['name'], free['family'], free['trained']) == ('bev', 'bev', True)
    assert free['folder'] is None


def test_installed_packages_are_listed_by_their_folder(folder, capsys, monkeypatch) -> None:
    monkeypatch.setattr(model_listing, 'model_folders', lambda: (folder,))
    assert [model['name'] for model in run(capsys)] == ['bev', 'cvml', 'safa']


def test_folder_of_packages_and_single_package_are_taken_once(folder, capsys) -> None:
    listed = run(capsys, '--folder', folder, '--folder', folder / 'safa')
    assert [model['family'] for model in listed] == ['bev', 'cvml', 'safa']
    safa = listed[2]
    assert safa['name'] == str(folder / 'safa')
    assert safa['trained'] is False
    assert safa['horizontal_fov_deg'] == 360.0
    assert (safa['licence'], safa['training_data']) == ('Apache-2.0', 'none')
    assert safa['size_bytes'] == sum(
        path.stat().st_size for path in (folder / 'safa').glob('*.onnx'))
    assert safa['timing'] is None


def test_what_unprojects_the_image_takes_any_camera(project_root, folder, capsys) -> None:
    shipped = run(capsys, '--folder', project_root / 'models' / 'bev_net')[1]
    assert (shipped['family'], shipped['projection']) == ('bev_net', 'any')
    assert shipped['horizontal_fov_deg'] is None and shipped['image_shape'] is None


def test_damaged_package_is_listed_with_what_is_wrong(folder, capsys) -> None:
    (folder / 'safa' / 'ground.onnx').unlink()
    broken = run(capsys, '--folder', folder / 'safa')[1]
    assert 'ground.onnx is missing' in broken['problem']
    assert broken['trained'] is False
    assert main(['models', '--folder', str(folder)]) == 0
    printed = capsys.readouterr()
    assert 'unusable' in printed.out
    assert 'ground.onnx is missing' in printed.err


def test_speed_is_measured_when_asked_for(folder, capsys) -> None:
    timed = run(capsys, '--folder', folder, '--time')
    for model in timed:
        assert model['timing']['problem'] == ''
        assert 0.0 < model['timing']['match_ms'] < 60_000.0
        assert 0.0 < model['timing']['prepare_ms'] < 60_000.0
    assert [model['timing']['provider'] for model in timed] == ['', 'cpu', 'cpu']


def test_model_that_does_not_run_is_timed_with_a_sentence(folder, capsys) -> None:
    path = folder / 'safa' / 'ground.onnx'
    content = bytearray(path.read_bytes())
    content[3000] ^= 255
    path.write_bytes(content)
    safa = run(capsys, '--folder', folder / 'safa', '--time')[1]
    assert 'does not have the checksum' in safa['timing']['problem']
    assert safa['timing']['match_ms'] is None


def test_for_people_it_is_a_table(folder, capsys, monkeypatch) -> None:
    monkeypatch.setenv('COLUMNS', '80')
    assert main(['models', '--folder', str(folder)]) == 0
    printed = capsys.readouterr()
    assert 'panorama 360°' in printed.out
    assert 'untrained' in printed.out
    assert 'licence Apache-2.0, training data: none' in ' '.join(printed.out.split())
    assert 'allow_untrained' in printed.err


def test_folder_without_packages_is_refused(tmp_path: Path, capsys) -> None:
    assert main(['models', '--folder', str(tmp_path)]) == 2
    assert 'is no model package and holds none' in capsys.readouterr().err
