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

"""A graph that is not the one described is refused by name."""

from pathlib import Path

import pytest
from tiny_packages import tiny_package

from xview_loc.errors import ModelPackageError
from xview_loc.matching.graph_session import graph_inputs
from xview_loc.matching.graph_signature import check_signature, SIGNATURES
from xview_loc.matching.model_description import FAMILIES, graphs_of


def test_every_graph_of_every_family_is_described() -> None:
    assert {family: set(graphs) for family, graphs in SIGNATURES.items()} == {
        family: set(graphs_of(family)) for family in FAMILIES}


@pytest.mark.parametrize('family', FAMILIES)
def test_the_small_packages_are_what_the_families_need(tmp_path: Path, family: str) -> None:
    package = tiny_package(tmp_path / family, family)
    for graph in package.description.graphs:
        check_signature(package, graph, graph_inputs(package.graph_path(graph)),
                        SIGNATURES[family][graph][1])


@pytest.mark.parametrize(('inputs', 'outputs', 'sentence'), [
    ({'pixels': ['b', 64, 64, 3]}, ['descriptors'], 'has the inputs pixels; safa needs images'),
    ({'images': ['b', 64, 64, 3]}, ['y'], 'has the outputs y; safa needs descriptors'),
    ({'images': ['b', 64, 32, 3]}, ['descriptors'], 'describes 64 rows and 64 columns'),
    ({'images': ['b', 3, 64, 64]}, ['descriptors'], 'describes 64 rows and 64 columns')])
def test_difference_is_named(tmp_path: Path, inputs, outputs, sentence) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    with pytest.raises(ModelPackageError, match=sentence):
        check_signature(package, 'satellite', inputs, outputs)


@pytest.mark.parametrize(('inputs', 'outputs', 'sentence'), [
    ({'channels': ['b', 7, 48, 48], 'weight': ['b', 1, 48, 48]}, ['gates'],
     'bev_net needs channels, weight, rays'),
    ({'channels': ['b', 7, 64, 64], 'weight': [], 'rays': []}, ['gates'],
     'describes 7 channels of 48 x 48 cells'),
    ({'channels': ['b', 5, 48, 48], 'weight': [], 'rays': []}, ['gates'],
     'describes 7 channels of 48 x 48 cells'),
    ({'channels': ['b', 7, 48, 48], 'weight': [], 'rays': []}, ['gates', 'free'],
     'has the outputs gates, free; bev_net needs gates')])
def test_gates_for_other_cells_are_refused(tmp_path: Path, inputs, outputs, sentence) -> None:
    package = tiny_package(tmp_path / 'bev_net', 'bev_net')
    assert package.description.graphs == ('ground',)
    with pytest.raises(ModelPackageError, match=sentence):
        check_signature(package, 'ground', inputs, outputs)
