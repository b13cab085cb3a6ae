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
from tiny_packages import tiny_package

from xview_loc.cli.bench_result import BenchResult, median_ms
from xview_loc.cli.main import main
from xview_loc.cli.package_benchmarks import package_benchmarks


def test_the_record_has_the_keys_of_the_contract(capsys):
    assert main(['bench', '--repetitions', '3', '--json']) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == ['machine', 'results']
    assert len(record['results']) >= 7
    assert {'filterpy', 'numpy slice', 'numpy product'} <= {
        result['peer'] for result in record['results']}
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


def test_a_package_is_timed_beside_the_training_free_matcher(tmp_path):
    package = tiny_package(tmp_path / 'safa', 'safa')
    results = package_benchmarks(package.folder, 3)
    assert [(result.name, result.peer) for result in results] == [
        ('untrained_safa, prepare', 'bev'), ('untrained_safa, match', 'bev'),
        ('untrained_safa, first image', 'a later image')]
    assert all(result.value > 0.0 and result.peer_value > 0.0 for result in results)
    prepare, match, first = results
    assert first.value == prepare.value + match.value and first.peer_value == match.value


@pytest.mark.slow
def test_a_package_that_torch_knows_is_timed_beside_it_graph_by_graph(tmp_path):
    pytest.importorskip('onnxscript')
    from xview_loc.learning.export.untrained import untrained
    from xview_loc.learning.export.write_package import write_package
    write_package(untrained('oricnn', True), tmp_path / 'net', 'untrained_net', trained=False)
    results = package_benchmarks(tmp_path / 'net', 3)
    assert [(result.name, result.peer) for result in results[3:]] == [
        (f'untrained_net, {graph}.onnx', 'torch') for graph in ('satellite', 'ground')]
    assert all(0.02 < result.ratio < 50.0 for result in results[3:])


def test_what_is_no_package_is_one_sentence(tmp_path, capsys):
    assert main(['bench', '--repetitions', '3', '--model', str(tmp_path)]) == 2
    assert 'is no model package' in capsys.readouterr().err
