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

"""``xview-loc data``."""

import json
from pathlib import Path

from miniature_sets import make_cvusa
import pytest

from xview_loc.cli.data import parse_options
from xview_loc.cli.main import main
from xview_loc.errors import ConfigurationError
from xview_loc.learning.data import cvusa


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a miniature of CVUSA, and take it for all that was published."""
    monkeypatch.setitem(cvusa.PUBLISHED_COUNTS, 'train', 3)
    monkeypatch.setitem(cvusa.PUBLISHED_COUNTS, 'val', 2)
    return make_cvusa(tmp_path)


def test_a_complete_data_set_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['data', 'check', str(root), '--json']) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed['dataset'], printed['status']) == ('cvusa', 'PASS')
    assert [part['listed'] for part in printed['splits']] == [3, 2]


def test_what_is_missing_fails_and_is_named(
        root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / 'bingmap' / '19' / '0000002.jpg').unlink()
    assert main(['data', 'check', str(root), '--dataset', 'cvusa', '--split', 'train']) == 1
    printed = capsys.readouterr().out
    assert '1 of 6 files' in printed and '0000002.jpg' in printed and 'FAIL' in printed


def test_a_folder_of_nothing_known_is_one_sentence(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['data', 'check', str(tmp_path)]) == 2
    assert 'say which it is' in capsys.readouterr().err


def test_a_leak_is_measured(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ['data', 'leak', str(root), '--train', 'train', '--test', 'val']
    assert main([*arguments, '--most', '0', '--json']) == 0
    assert json.loads(capsys.readouterr().out)['status'] == 'PASS'
    (root / 'splits' / 'val-19zl.csv').write_text(
        (root / 'splits' / 'train-19zl.csv').read_text())
    assert main([*arguments, '--most', '0']) == 1
    printed = capsys.readouterr().out
    assert 'images in both' in printed and 'FAIL' in printed
    assert main(arguments) == 0


def test_options_are_read_as_yaml() -> None:
    assert parse_options(['labels=original', 'cropped=false', 'metres-per-pixel=0.1']) == {
        'labels': 'original', 'cropped': False, 'metres_per_pixel': 0.1}
    with pytest.raises(ConfigurationError, match='NAME=VALUE'):
        parse_options(['labels'])


def test_options_reach_the_data_set(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['data', 'check', str(root), '--option', 'labels=original']) == 1
    assert 'has no option labels' in capsys.readouterr().out
