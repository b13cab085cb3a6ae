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

"""The sub-command ``xview-loc scenarios``."""

import json

from xview_loc.cli.main import main


def test_figures_are_printed_and_written_and_repeat_with_the_seed(capsys, tmp_path):
    arguments = ['scenarios', '--scenario', 'parking', '--method', 'xview_loc', '--method', 'gnss',
                 '--drives', '1', '--workers', '1', '--json']
    assert main([*arguments, '--out', str(tmp_path / 'out')]) == 0
    record = json.loads(capsys.readouterr().out)
    ours, gnss = (record['scenarios']['parking'][name] for name in ('xview_loc', 'gnss'))
    assert ours['median_m'] < gnss['median_m']
    assert json.loads((tmp_path / 'out' / 'scenarios.json').read_text()) == record
    assert 'parking, 1 drives' in (tmp_path / 'out' / 'scenarios.html').read_text()
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == record


def test_a_run_that_was_interrupted_goes_on(capsys, tmp_path, monkeypatch):
    from xview_loc.scenarios import run_scenarios as runs
    arguments = ['scenarios', '--scenario', 'parking', '--method', 'gnss', '--drives', '2',
                 '--workers', '1', '--json', '--out', str(tmp_path)]
    drive, driven = runs.run_drive, []

    def interrupted(*inputs):
        if driven:
            raise KeyboardInterrupt
        driven.append(inputs)
        return drive(*inputs)
    monkeypatch.setattr(runs, 'run_drive', interrupted)
    assert main(arguments) == 130
    assert 'drives.jsonl' in capsys.readouterr().err
    assert not (tmp_path / 'scenarios.json').exists()
    monkeypatch.setattr(runs, 'run_drive', drive)
    assert main(arguments) == 0
    resumed = json.loads(capsys.readouterr().out)
    assert main(arguments[:-2]) == 0
    assert json.loads(capsys.readouterr().out) == resumed


def test_unknown_names_are_a_sentence(capsys):
    assert main(['scenarios', '--scenario', 'moon']) == 2
    assert 'moon' in capsys.readouterr().err
