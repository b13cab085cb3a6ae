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


import importlib.util
import json
import subprocess
import sys

import pytest

from xview_loc.cli.main import main

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec('torch') is None, reason='torch is not installed')


def test_without_torch_one_sentence_says_what_to_install(tmp_path) -> None:
    script = ("import sys; sys.modules['torch'] = None; from xview_loc.cli.main import main; "
              f"sys.exit(main(['export', '--untrained', 'safa', '--out', '{tmp_path / 'a'}']))")
    result = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True)
    assert result.returncode == 2 and 'Traceback' not in result.stderr
    assert result.stderr.strip().splitlines()[-1] == (
        'Exporting a model needs torch, which is not installed; run pip install -r '
        'requirements/train.txt.')


@needs_torch
@pytest.mark.parametrize(('arguments', 'message'), [
    ([], 'Give either a checkpoint or --untrained'),
    (['a.safetensors', '--untrained', 'safa'], 'Give either a checkpoint or --untrained'),
    (['a.safetensors'], 'There is no checkpoint a.safetensors'),
    (['--untrained', 'resnet'], "no network family 'resnet'")])
def test_what_cannot_be_exported_is_one_sentence(arguments, message, tmp_path, capsys) -> None:
    assert main(['export', *arguments, '--out', str(tmp_path / 'a')]) == 2
    error = capsys.readouterr().err
    assert message in error and 'Traceback' not in error
    assert not (tmp_path / 'a').exists()


@needs_torch
def test_a_random_network_becomes_a_package(tmp_path, capsys) -> None:
    folder = tmp_path / 'models' / 'oricnn'
    assert main(['export', '--untrained', 'oricnn', '--small', '--seed', '3',
                 '--precision', 'float16', '--out', str(folder), '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert record['name'] == 'untrained_oricnn_small_float16' and not record['trained']
    assert record['bytes'] == sum(path.stat().st_size for path in folder.glob('*.onnx'))
    assert record['parity']['float32_max_abs'] < 1e-5 < record['parity']['float16_max_abs']
    assert '--untrained oricnn --small --seed 3' in (folder / 'model.yaml').read_text()
