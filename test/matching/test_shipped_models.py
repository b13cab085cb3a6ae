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

"""The packages that are shipped: complete, small, named after their sources, and at work."""

import math
from pathlib import Path
import re

import pytest
from synthetic_scene import panorama_window, patterned_patch, TRUTH

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.load_matcher import load_model, PackageOptions
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.model_folders import find_package, model_folders
from xview_loc.matching.model_package import read_model_package

MOST_BYTES = 1_000_000
PRIOR = SearchPrior(Pose2(TRUTH.x + 1.0, TRUTH.y - 1.5, TRUTH.yaw), 5.0)


@pytest.fixture
def folder(project_root: Path) -> Path:
    """Return the folder of the package."""
    return project_root / 'models' / 'bev_net'


def test_it_is_found_by_its_name(folder: Path, project_root: Path) -> None:
    assert find_package('bev_net', [project_root / 'models']) == folder
    assert project_root / 'models' in model_folders()


def test_it_is_complete_small_and_trained(folder: Path) -> None:
    package = read_model_package(folder)
    assert package.description.name == 'bev_net'
    assert package.description.trained
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST_BYTES


def test_its_card_names_licence_and_credits(folder: Path) -> None:
    card = read_model_package(folder).description.card
    text = ' '.join((folder / 'README.md').read_text().replace('\\\n', ' ').split())
    assert card.licence == 'Apache-2.0'
    assert 'experimental' in card.note
    for credit in ('USGS National Map', 'Yang and Newsam 2010', 'OpenAerialMap', 'CC BY 4.0'):
        assert credit in card.training_data and credit in text
    assert ' '.join(card.command.split()) in text


def test_it_shows_no_path_of_the_machine_that_made_it(folder: Path) -> None:
    for path in folder.iterdir():
        assert not re.search(rb'/(tmp|work|home|root)/', path.read_bytes())


def test_it_finds_what_the_training_free_matcher_finds(folder: Path) -> None:
    patch = patterned_patch()
    window = panorama_window(patch, TRUTH, (1.3, 0.4))
    model = load_model(str(folder), 0.25, PackageOptions(providers=('cpu',)))
    assert model.warnings == ()
    matcher, free = model.matcher, BevMatcher()
    found, plain = (one.match(window, one.prepare(patch), PRIOR) for one in (matcher, free))
    assert found.source == 'bev_net'
    assert found.peak().distance_to(TRUTH) < 0.8
    assert abs(found.peak().yaw - TRUTH.yaw) < math.radians(4.0)
    # its gates are at work
    assert abs(found.score - plain.score) > 1e-4
