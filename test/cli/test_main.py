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

"""The command as a whole: exit codes and sentences."""

import pytest

from xview_loc import __version__
from xview_loc.cli import main as command
from xview_loc.cli.main import main
from xview_loc.errors import CameraError


def test_version_is_that_of_the_package(capsys):
    assert main(['--version']) == 0
    assert capsys.readouterr().out == f'xview-loc {__version__}\n'


@pytest.mark.parametrize('name', [
    'demo', 'match', 'replay', 'simulate', 'doctor', 'calibrate', 'bench', 'bag', 'tiles',
    'evaluate', 'scenarios'])
def test_every_command_explains_itself(capsys, name):
    assert main([name, '--help']) == 0
    assert 'Usage' in capsys.readouterr().out


@pytest.mark.parametrize('arguments', [[], ['bag']])
def test_without_a_command_the_help_is_shown_and_nothing_done(capsys, arguments):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert 'Usage' in out + err


@pytest.mark.parametrize('arguments, words', [
    (['nonsense'], 'nonsense'),
    (['match', '--wrong'], '--wrong'),
    (['match', '--ground', 'a.png', '--projection', 'pinhole', '--satellite', 'b.png'], '--mpp'),
    (['match', '--ground', 'a.png', '--projection', 'pinhole', '--satellite', 'b.png', '--mpp',
      'wide'], '--mpp'),
    (['match', '--ground', 'none.png', '--projection', 'pinhole', '--fov', '90', '--satellite',
      'b.png', '--mpp', '0.2', '--json'], 'none.png'),
    (['replay', 'none', '--out', '.', '--json'], 'none'),
    (['simulate', '--scenario', 'moon', '--json'], 'moon'),
    (['simulate', '--duration', '-3', '--json'], '-3'),
    (['bag', 'kitti', 'none', '--out', 'x'], 'none'),
])
def test_known_errors_are_one_sentence_on_stderr(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ''
    lines = [line for line in err.splitlines() if not line.startswith(' ')]
    assert len(lines) == 1 and words in lines[0]
    assert 'Traceback' not in err


def test_an_unwritable_place_is_named(capsys, tmp_path):
    (tmp_path / 'file').write_text('')
    assert main(['simulate', '--out', str(tmp_path / 'file' / 'below')]) == 2
    assert 'file' in capsys.readouterr().err


@pytest.mark.parametrize('error, code', [
    (CameraError('The lens\n is on.'), 2), (KeyboardInterrupt(), 130),
    (OSError(28, 'No space left on device', 'out'), 2)])
def test_errors_become_exit_codes(capsys, monkeypatch, error, code):
    def fail(**_):
        raise error
    monkeypatch.setattr(command, 'app', fail)
    assert main([]) == code
    assert 'Traceback' not in capsys.readouterr().err


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    def fail(**_):
        raise ZeroDivisionError
    monkeypatch.setattr(command, 'app', fail)
    with pytest.raises(ZeroDivisionError):
        main([])
