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

"""Figures of this machine."""

import json

import pytest

from xview_loc.cli.benchmarks import BenchResult, median_ms
from xview_loc.cli.main import main


def test_the_record_has_the_keys_of_the_contract(capsys):
    assert main(['bench', '--repetitions', '3', '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == ['machine', 'results']
    assert len(record['results']) >= 5
    for result in record['results']:
        assert list(result) == ['name', 'value', 'unit', 'peer', 'peer_value', 'ratio', 'limit',
                                'limit_ratio']
        assert result['value'] > 0.0


def test_ratios_are_ours_over_theirs():
    record = BenchResult('x', 2.0, peer='y', peer_value=8.0, limit=4.0).as_record()
    assert record['ratio'] == 0.25 and record['limit_ratio'] == 0.5
    bare = BenchResult('x', 2.0).as_record()
    assert bare['ratio'] is None and bare['limit_ratio'] is None


def test_the_median_leaves_out_the_warm_up():
    calls = []
    assert median_ms(lambda: calls.append(1), 5) == pytest.approx(0.0, abs=5.0)
    assert len(calls) == 6
