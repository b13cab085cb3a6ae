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

"""``bev_net`` learns from made-up pairs, with the machinery of the other methods."""

from dataclasses import replace
import json
import math
from pathlib import Path
from typing import Any

from made_orthophotos import Scenes
import numpy as np
import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import load_checkpoint
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.tile_pairs import TilePairs
from xview_loc.learning.data.tile_placing import TilePairSettings
from xview_loc.learning.data.torch_pairs import collate_pairs
from xview_loc.learning.networks.bev_net import SIGMOID_OF_TRUST
from xview_loc.learning.training.birds_eye_items import BirdsEyePairs
from xview_loc.learning.training.birds_eye_module import BirdsEyeModule, ground_loss
from xview_loc.learning.training.network_choice import network_of
from xview_loc.learning.training.recipe import changed_schedule, Recipe
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.learning.training.train_network import Machine, train_network
from xview_loc.matching.bev_config import BevConfig

SETTINGS = TilePairSettings(metres_per_pixel=0.25, noise=PriorNoise(6.0), vary_appearance=False)


def scenes(split: str = 'all') -> TilePairs:
    return TilePairs(Scenes(8), split, SETTINGS)


def short_recipe(**changes: Any) -> Recipe:
    """Return a recipe of seconds."""
    return changed_schedule(read_recipe('bev_net_tiles', {
        'batches.size': 3, 'network.base': 'small', 'network.changes.stride': 2,
        'schedule.patience': 0, **changes}), epochs=2)


@pytest.fixture(scope='module')
def batch() -> dict[str, Any]:
    pairs = BirdsEyePairs(scenes(), BevConfig())
    return collate_pairs([pairs[index] for index in range(3)])


def test_items_are_those_of_their_number_and_epoch() -> None:
    pairs = BirdsEyePairs(scenes(), BevConfig(), crops=True, vary=True)
    first, again = pairs[0], pairs[0]
    assert all(torch.equal(first[name], again[name]) for name in first)
    pairs.set_epoch(1)
    other = pairs[0]
    assert not torch.equal(first['channels'], other['channels'])
    assert not torch.equal(first['yaws'][7:] - first['yaws'][0],
                           other['yaws'][7:] - other['yaws'][0])
    turns = np.degrees((first['yaws'] - first['yaws'][0]).numpy())[:7]
    np.testing.assert_allclose(turns, (0, 5, -5, 12, -12, 180, 175), atol=1e-4)
    fixed = BirdsEyePairs(scenes(), BevConfig())
    before = fixed[1]
    fixed.set_epoch(3)
    assert torch.equal(before['yaws'], fixed[1]['yaws'])


def test_some_panoramas_are_cropped() -> None:
    pairs = BirdsEyePairs(scenes(), BevConfig(), crops=True, vary=True)
    shares = []
    for epoch in range(3):
        pairs.set_epoch(epoch)
        shares += [float((pairs[index]['weight'] > 0.0).float().mean()) for index in range(8)]
    cropped = np.array(shares) < 0.5 * max(shares)
    assert 0.15 < cropped.mean() < 0.75


def test_a_tile_that_is_too_small_and_a_missing_heading_are_refused() -> None:
    small = TilePairs(Scenes(2), settings=replace(SETTINGS, size=200))
    with pytest.raises(LearningError, match='is 50 m wide; .* at least 64 m'):
        BirdsEyePairs(small, BevConfig())[0]

    class North(TilePairs):

        def sample(self, index, rng=None):
            return replace(super().sample(index, rng), heading=None)

    with pytest.raises(LearningError, match='no heading'):
        BirdsEyePairs(North(Scenes(2), settings=SETTINGS), BevConfig())[0]


def test_a_new_network_answers_as_the_features_alone(batch: dict[str, Any]) -> None:
    recipe = short_recipe()
    module = BirdsEyeModule(recipe, network_of(recipe)[0])
    answers = {name: value.detach().numpy() for name, value in module.answers(batch).items()}
    np.testing.assert_allclose(answers['nll'], answers['bev_nll'], atol=1e-3)
    np.testing.assert_array_equal(answers['right'], answers['bev_right'])
    figures = module.figures_of(answers, None, None)  # type: ignore[arg-type]
    assert list(figures) == module.figure_names()
    assert figures['gain'] == pytest.approx(0.0, abs=1e-3)
    uniform = module.baselines(answers, None, None)[0]  # type: ignore[arg-type]
    assert uniform['nll'] == pytest.approx(math.log(11 * 33 * 33))
    assert float(module.loss(batch).detach()) == pytest.approx(figures['nll'], abs=1e-4)


def test_a_perfect_volume_is_right_and_a_turned_one_is_not(batch: dict[str, Any]) -> None:
    recipe = short_recipe()
    module = BirdsEyeModule(recipe, network_of(recipe)[0])
    volume = torch.zeros(3, 11, 33, 33)
    volume[:, 2] = module.target(batch).log()
    volume[:, [0, 1, *range(3, 11)]] = -99.0
    assert module._right(volume, batch['offset']).all()
    assert not module._right(volume.flip(1), batch['offset']).any()
    assert not module._right(volume.flip(2, 3), batch['offset'] + 1.0).all()


def test_a_loss_of_another_method_is_refused() -> None:
    recipe = short_recipe()
    wrong = replace(recipe, loss=replace(recipe.loss, kind='ccvpe'))
    with pytest.raises(LearningError, match='bev_net belongs to bev_net'):
        BirdsEyeModule(wrong, network_of(recipe)[0])


@pytest.mark.slow
def test_a_run_goes_on_as_if_it_had_not_ended(tmp_path: Path) -> None:
    machine = Machine('cpu')
    whole = train_network(short_recipe(), scenes(), scenes('val'), tmp_path / 'whole',
                          machine=machine)
    assert whole.check['with_gradient'] == whole.check['weights']
    figures = whole.history[-1]['figures']
    assert set(figures) == {'nll', 'right', 'bev_nll', 'bev_right', 'gain'}
    train_network(changed_schedule(short_recipe(), epochs=1), scenes(), scenes('val'),
                  tmp_path / 'part', machine=machine)
    rest = train_network(short_recipe(), scenes(), scenes('val'), tmp_path / 'part', resume=True,
                         machine=machine)
    assert [record['loss'] for record in rest.history] == [
        record['loss'] for record in whole.history]
    own = load_checkpoint(tmp_path / 'whole' / 'last.safetensors', 'bev_net')
    again = load_checkpoint(tmp_path / 'part' / 'last.safetensors', 'bev_net')
    assert all(torch.equal(value, again.network.state_dict()[name])
               for name, value in own.network.state_dict().items())
    assert json.loads((tmp_path / 'whole' / 'recipe.json').read_text())['family'] == 'bev_net'


def test_a_run_ends_when_its_figure_no_longer_improves(tmp_path: Path) -> None:
    recipe = short_recipe(**{'schedule.patience': 1, 'best': 'bev_nll', 'batches.size': 2})
    result = train_network(changed_schedule(recipe, epochs=5), scenes('val'), scenes('val'),
                           tmp_path, machine=Machine('cpu'))
    # The figures of the features alone never change.
    assert len(result.history) == 2


def test_where_the_ground_is_seen_is_learnt_when_asked_for(batch: dict[str, Any]) -> None:
    recipe = short_recipe(**{'loss.ground_weight': 3.0})
    module = BirdsEyeModule(recipe, network_of(recipe)[0])
    plain = BirdsEyeModule(short_recipe(), module.network)
    probability = torch.full_like(batch['weight'], SIGMOID_OF_TRUST)
    expected = ground_loss(probability, batch['weight'], batch['shown'])
    assert float((module.loss(batch) - plain.loss(batch)).detach()) == pytest.approx(
        3.0 * float(expected), abs=1e-4)
    assert 0.05 < float(expected) < 2.0
    alone = BirdsEyeModule(short_recipe(
        **{'loss.ground_weight': 3.0, 'loss.pose_weight': 0.0}), module.network)
    assert float(alone.loss(batch).detach()) == pytest.approx(3.0 * float(expected), abs=1e-5)
    with pytest.raises(LearningError, match='one must be more'):
        BirdsEyeModule(short_recipe(**{'loss.pose_weight': 0.0}), module.network)
    perfect = ground_loss((batch['shown'] > 0.5).float(), batch['weight'],
                          (batch['shown'] > 0.5).float())
    assert float(perfect) < 1e-4
    unknown = torch.full_like(batch['shown'], math.nan)
    assert float(ground_loss(probability, batch['weight'], unknown)) == 0.0
