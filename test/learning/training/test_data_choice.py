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

"""Data is found by what the recipe and the command line say."""

from pathlib import Path

from miniature_sets import make_cvusa
import pytest

from xview_loc.errors import XviewLocError
from xview_loc.learning.training.data_choice import data_at, open_part, with_data
from xview_loc.learning.training.network_choice import configuration_of
from xview_loc.learning.training.recipe_file import read_recipe

DEPLOYMENT = configuration_of(read_recipe('safa_city'))[1]


def test_a_folder_is_of_the_kind_of_the_recipe_and_a_prefix_changes_it(tmp_path: Path) -> None:
    assert data_at('cvusa', str(tmp_path)) == ('cvusa', str(tmp_path))
    assert data_at('cvusa', 'bag:/drives/one') == ('bag', '/drives/one')
    assert data_at('cvusa', None) == ('cvusa', None)


def test_other_data_takes_its_own_splits_and_no_published_figures() -> None:
    recipe, root = with_data(read_recipe('cvml_vigor'), 'bag:/drives/one', {'tiles': 'x.mbtiles'})
    assert root == '/drives/one'
    assert recipe.data.train == {'split': 'train', 'tiles': 'x.mbtiles'}
    assert recipe.data.tests == {'test': {'split': 'test', 'tiles': 'x.mbtiles'}}
    assert recipe.published == ''
    same, _ = with_data(read_recipe('cvml_vigor'), '/data/vigor', {'labels': 'original'})
    assert same.data.tests['test']['split'] == 'same-test'
    assert same.data.tests['test']['labels'] == 'original'
    assert same.published == 'vigor_same_known'


def test_parts_of_a_split_do_not_overlap(tmp_path: Path) -> None:
    root = str(make_cvusa(tmp_path / 'cvusa', train=5))
    parts = [open_part('cvusa', {'split': 'train', 'part': share}, root, DEPLOYMENT)
             for share in ([0.0, 0.6], [0.6, 1.0])]
    assert sorted(name for part in parts for name in part.identifiers) == [
        f'{number:07d}' for number in range(1, 6)]


@pytest.mark.parametrize('kind, options, words', [
    ('cvusa', {'split': 'train', 'part': 0.5}, 'two shares'),
    ('cvusa', {}, 'need a split'),
    ('cvusa', {'split': 'train', 'colour': 1}, 'colour'),
    ('simulated', {'houses': 3}, 'houses'),
    ('simulated', {'heading': 'up'}, 'north')])
def test_wrong_options_are_one_sentence(
        kind: str, options: dict, words: str, tmp_path: Path) -> None:
    root = str(make_cvusa(tmp_path / 'cvusa'))
    with pytest.raises(XviewLocError, match=words) as failure:
        open_part(kind, options, root, DEPLOYMENT)
    assert '\n' not in str(failure.value)


def test_the_simulated_city_is_rendered_as_the_network_takes_it() -> None:
    pairs = open_part('simulated', {'tiles': 2, 'seed': 1}, None, DEPLOYMENT)
    sample = pairs.sample(0)
    assert sample.satellite.shape == (128, 128, 3)
    assert sample.ground.shape == (32, 128, 3)
