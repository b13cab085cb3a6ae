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

"""The model is chosen by one text; what does not fit is refused with a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_packages import tiny_package

from xview_loc.errors import ConfigurationError, MatchingError, ModelPackageError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.load_matcher import load_matcher, load_model, PackageOptions
from xview_loc.matching.map_folder import create_map
from xview_loc.matching.map_manifest import manifest_for
from xview_loc.matching.model_description import FAMILIES
from xview_loc.matching.retrieval_matcher import RetrievalMatcher

ON_CPU = PackageOptions(allow_untrained=True, providers=('cpu',))


def test_the_training_free_matcher_has_nothing_to_warm_up() -> None:
    model = load_model('bev', 0.3)
    assert isinstance(model.matcher, BevMatcher)
    assert (model.provider, model.warnings) == ('', ())
    model.warm_up()


@pytest.mark.parametrize('family', FAMILIES)
def test_every_family_becomes_a_matcher(tmp_path: Path, family: str) -> None:
    package = tiny_package(tmp_path / family, family)
    model = load_model(str(package.folder), 0.5, ON_CPU)
    # Two samples a cell of half a metre.
    assert model.matcher.metres_per_pixel == (0.25 if family == 'bev_net' else 0.5)
    assert model.matcher.view_radius_m > 0.0
    assert model.provider == 'cpu'
    model.warm_up()
    assert model.warnings == ()


def test_trained_package_needs_no_permission(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa', trained=True)
    assert load_matcher(str(package.folder), 0.5)


def test_random_weights_are_refused_unless_allowed(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    with pytest.raises(ModelPackageError, match='untrained_safa has random weights.*allow_untr'):
        load_matcher(str(package.folder), 0.5)


@pytest.mark.parametrize(('metres_per_pixel', 'fits'), [(0.05, True), (1.0, True), (1.1, False)])
def test_imagery_may_be_at_most_twice_as_coarse(
        tmp_path: Path, metres_per_pixel: float, fits: bool) -> None:
    folder = str(tiny_package(tmp_path / 'safa', 'safa').folder)
    if fits:
        assert load_matcher(folder, metres_per_pixel, package=ON_CPU)
        return
    with pytest.raises(MatchingError, match='has 1.1 m per pixel .* made for 0.5; at most 1 will'):
        load_matcher(folder, metres_per_pixel, package=ON_CPU)


def test_damaged_package_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    path = package.graph_path('ground')
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ModelPackageError, match=r'ground\.onnx has .* it was cut short'):
        load_matcher(str(package.folder), 0.5, package=ON_CPU)


def test_folder_without_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match='is no model package'):
        load_matcher(str(tmp_path), 0.5)


def test_wrong_providers_are_refused(tmp_path: Path) -> None:
    folder = str(tiny_package(tmp_path / 'safa', 'safa').folder)
    with pytest.raises(ConfigurationError, match='must name some of tensorrt, cuda, cpu'):
        load_matcher(folder, 0.5, package=PackageOptions(True, ('gpu',)))


def test_descriptor_map_is_refused_where_it_is_of_no_use(tmp_path: Path) -> None:
    folder = str(tiny_package(tmp_path / 'cvml', 'cvml').folder)
    with pytest.raises(MatchingError, match='of no use to the model untrained_cvml'):
        load_matcher(folder, 0.5, package=PackageOptions(True, descriptor_map=tmp_path))


def test_descriptor_map_of_another_network_is_refused(tmp_path: Path) -> None:
    safa, oricnn = (tiny_package(tmp_path / family, family) for family in ('safa', 'oricnn'))
    create_map(tmp_path / 'map', manifest_for(safa, 48, frame=LocalFrame(49.0, 8.4)))
    options = replace(ON_CPU, descriptor_map=tmp_path / 'map')
    matcher = load_matcher(str(safa.folder), 0.5, package=options)
    assert isinstance(matcher, RetrievalMatcher)
    assert matcher.descriptor_map.folder == tmp_path / 'map'
    with pytest.raises(MatchingError, match='was made by untrained_safa'):
        load_matcher(str(oricnn.folder), 0.5, package=options)
    with pytest.raises(MatchingError, match='is no descriptor map'):
        load_matcher(str(safa.folder), 0.5,
                     package=replace(ON_CPU, descriptor_map=tmp_path / 'nothing'))


def test_unknown_option_is_a_sentence(tmp_path: Path) -> None:
    folder = str(tiny_package(tmp_path / 'safa', 'safa').folder)
    with pytest.raises(MatchingError, match='does not know an option: .*kapa'):
        load_matcher(folder, 0.5, package=ON_CPU, kapa=1.0)
