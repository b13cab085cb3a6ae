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

"""Recipes are read strictly; a wrong entry is one sentence that names it."""

from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from xview_loc.errors import LearningError
from xview_loc.learning.data.open_pairs import KINDS
from xview_loc.learning.data.simulated_pairs import Heading, SimulatedPairSettings
from xview_loc.learning.evaluation.published import published_table
from xview_loc.learning.evaluation.retrieval_protocol import PROTOCOLS
from xview_loc.learning.training.data_choice import SIMULATED
from xview_loc.learning.training.network_choice import configuration_of
from xview_loc.learning.training.recipe import changed_schedule
from xview_loc.learning.training.recipe_file import (
    FOLDER, read_recipe, recipe_from, recipe_names)

LEAST: dict[str, Any] = {
    'name': 'a', 'family': 'safa', 'data': {'kind': 'cvusa'}, 'loss': {'kind': 'soft_margin'},
    'schedule': {'epochs': 3, 'learning_rate': 1e-5}}


def test_entries_of_others_are_kept_as_they_are() -> None:
    recipe = recipe_from({**LEAST, 'data': {'kind': 'cvusa', 'train': {'split': 'train', 'n': 3}},
                          'network': {'changes': {'dropout': 0.1}}})
    assert recipe.data.train == {'split': 'train', 'n': 3}
    assert recipe.network.changes == {'dropout': 0.1}
    assert recipe.schedule.betas == (0.9, 0.999)


@pytest.mark.parametrize('change, named', [
    ({'lerning_rate': 1}, 'lerning_rate is not known'),
    ({'schedule': LEAST['schedule'] | {'epoch': 1}}, 'schedule.epoch is not known'),
    ({'schedule': {'epochs': 3}}, 'schedule.learning_rate is missing'),
    ({'schedule': LEAST['schedule'] | {'epochs': 'x'}}, 'schedule.epochs must be an integer'),
    ({'schedule': {'epochs': 0, 'learning_rate': 1e-5}}, 'schedule.epochs is 0'),
    ({'loss': {'kind': 'triplet'}}, "loss.kind is 'triplet'"),
    ({'batches': {'kind': 'local'}}, "batches.kind is 'local'"),
    ({'data': {'kind': 'cvusa', 'train': 'train'}}, 'data.train must be a mapping'),
    ({'network': {'initial': 'coco'}}, "network.initial is 'coco'")])
def test_a_wrong_entry_is_one_sentence(change: dict[str, Any], named: str, tmp_path: Path) -> None:
    path = tmp_path / 'wrong.yaml'
    path.write_text(yaml.safe_dump(LEAST | change))
    with pytest.raises(LearningError) as failure:
        read_recipe(path)
    message = str(failure.value)
    assert named in message
    assert '\n' not in message and message.endswith('.')


def test_an_unknown_name_lists_ours_and_broken_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match='safa_cvusa'):
        read_recipe('nothing')
    broken = tmp_path / 'broken.yaml'
    broken.write_text('name: [')
    with pytest.raises(LearningError, match='no readable YAML'):
        read_recipe(broken)
    with pytest.raises(LearningError, match='no recipe'):
        read_recipe(tmp_path / 'absent.yaml')


def test_a_schedule_can_be_changed_and_nothing_else_is() -> None:
    recipe = recipe_from(LEAST)
    changed = changed_schedule(recipe, epochs=7, seed=None)
    assert (changed.schedule.epochs, changed.schedule.seed) == (7, 0)
    assert changed.data == recipe.data


def test_entries_can_be_replaced_by_their_dotted_names(tmp_path: Path) -> None:
    recipe = read_recipe('safa_city', {
        'network.base': 'published', 'network.changes.dropout': 0.0, 'data.train.tiles': 7})
    assert recipe.network.base == 'published'
    assert recipe.network.changes == {'width': 0.25, 'dropout': 0.0}
    assert recipe.data.train['tiles'] == 7
    assert recipe.data.train['seed'] == 1
    for name, words in (('network.bas', 'network.bas is not known'), ('name.x', 'no mapping')):
        with pytest.raises(LearningError, match=words):
            read_recipe('safa_city', {name: 'published'})


@pytest.mark.parametrize('name', recipe_names())
def test_our_recipes_are_valid_and_named_after_their_files(name: str) -> None:
    assert read_recipe(name).name == name


@pytest.mark.parametrize('name', recipe_names())
def test_our_recipes_name_networks_protocols_and_data_that_exist(name: str) -> None:
    recipe = read_recipe(name)
    config, deployment = configuration_of(recipe)
    assert deployment.satellite.size == (getattr(config, 'input_size', None)
                                         or config.satellite_size)
    assert recipe.data.kind in (*KINDS, SIMULATED)
    for table in (recipe.published, *recipe.test_published.values()):
        assert not table or published_table(table)
    for protocol in (recipe.protocol, *recipe.test_protocols.values()):
        assert protocol in (*PROTOCOLS, 'pose', 'video')
    if recipe.data.kind in KINDS:
        kind = KINDS[recipe.data.kind]
        for options in (recipe.data.train, recipe.data.validation, *recipe.data.tests.values()):
            assert set(options) <= {*kind.options, 'split', 'part'}
            assert options['split'] in (kind.counts or ('train', 'val'))


def test_the_list_of_recipes_is_complete() -> None:
    text = (FOLDER / 'README.md').read_text(encoding='utf-8')
    assert sorted(re.findall(r'^\| `(\w+)`', text, re.M)) == recipe_names()


@pytest.mark.parametrize('name', [name for name in recipe_names() if name.endswith('_city')])
def test_cities_are_other_cities_for_training_validation_and_test(name: str) -> None:
    recipe = read_recipe(name)
    deployment = configuration_of(recipe)[1]
    parts = [recipe.data.train, recipe.data.validation, *recipe.data.tests.values()]
    settings = [SimulatedPairSettings(deployment.satellite, deployment.ground, **{
        key: Heading(value) if key == 'heading' else value for key, value in part.items()})
        for part in parts]
    assert len({setting.seed for setting in settings}) == len(settings)
    assert recipe.protocol != 'video' or settings[0].frames == deployment.window.length
