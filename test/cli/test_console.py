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

"""What goes to whom."""

import json
from pathlib import Path

import numpy as np

from xview_loc.cli import console


def test_json_holds_only_what_json_knows(capsys):
    console.print_json({
        'nan': float('nan'), 'inf': np.float32('inf'), 'array': np.array([[1.0, np.nan]]),
        'count': np.int64(3), 'flag': np.bool_(True), 'path': Path('a/b'), 'none': None,
        'nested': [{'x': (1, 2)}]})
    out, err = capsys.readouterr()
    assert err == '' and out.count('\n') == 1
    assert json.loads(out) == {
        'nan': None, 'inf': None, 'array': [[1.0, None]], 'count': 3, 'flag': True,
        'path': 'a/b', 'none': None, 'nested': [{'x': [1, 2]}]}


def test_progress_and_remarks_stay_off_stdout(capsys):
    console.say('working')
    with console.progress() as progress:
        progress.update(progress.add_task('step', total=2), completed=2)
    assert capsys.readouterr().out == ''
