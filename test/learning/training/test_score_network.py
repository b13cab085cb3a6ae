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

"""Every family goes through its whole training and scoring path with a small network."""

from __future__ import annotations

from dataclasses import replace
import math
from pathlib import Path

import numpy as np
import pytest
import tiny_training
from tiny_training import tiny_recipe, TinyPairs
import torch
from torch import nn

from xview_loc.errors import LearningError
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.learning.checkpoint import Checkpoint, load_checkpoint
from xview_loc.learning.data.cross_view_sample import CrossViewSample, FrameSequence
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.evaluation.evaluation_table import RowKind
from xview_loc.learning.families import FAMILIES
from xview_loc.learning.training import network_choice
from xview_loc.learning.training.early_check import early_check
from xview_loc.learning.training.network_choice import configuration_of, network_of
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.learning.training.score_network import (
    pair_answers, recipe_of, score_network)
from xview_loc.learning.training.train_network import Machine, train_network
from xview_loc.learning.training.training_kind import training_module
from xview_loc.learning.training.training_module import TrainingModule
from xview_loc.matching.model_origin import ModelCard

CITY = ['stn_safa_city', 'oricnn_city', 'geo_local_safa_city'] + [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ('safa_city', 'cvml_city', 'ccvpe_city', 'cvlnet_city')]


class NoisePairs:
    """Pairs of noise with every entry that a network may want, along a road."""

    name = 'noise'

    def __init__(self, deployment: Deployment, count: int = 4) -> None:
        self.deployment = deployment
        self.identifiers = [str(index) for index in range(count)]
        self.positions = np.stack([30.0 * np.arange(count), np.zeros(count)], axis=1)

    def __len__(self) -> int:
        return len(self.identifiers)

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        draw = np.random.default_rng(index)
        rows, columns = self.deployment.ground.shape
        size = self.deployment.satellite.size
        ground = draw.integers(0, 255, (rows, columns, 3), np.uint8)
        camera = MountedCamera(PinholeCamera(200.0, 200.0, columns / 2, rows / 2, rows, columns),
                               camera_mounting(0.0, 0.0, 1.65))
        motion = np.array([[-3.0 * frame, 0.0, 0.0] for frame in range(4)])
        return CrossViewSample(
            str(index), ground, draw.integers(0, 255, (size, size, 3), np.uint8),
            self.deployment.satellite.metres_per_pixel, 3.0, -2.0, 0.5,
            tuple(self.positions[index].tolist()), camera,
            sequence=FrameSequence((ground,) * 4, motion))


def small_recipe(name: str) -> Recipe:
    recipe = read_recipe(name)
    return replace(recipe, batches=replace(recipe.batches, size=2))


def settle(module: TrainingModule) -> None:
    """Take over the statistics of a batch: with the first ones, images hardly differ."""
    for layer in module.network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    module.train()
    with torch.no_grad():
        module.loss(next(iter(module.scoring_loaders(module.train_source)[0])))
    module.eval()


@pytest.mark.parametrize('name', CITY)
def test_one_batch_of_every_family_goes_through_everything(name: str, tmp_path: Path) -> None:
    recipe = small_recipe(name)
    network, deployment = network_of(recipe)
    pairs = NoisePairs(deployment)
    checkpoint = Checkpoint(recipe.family, network, deployment, ModelCard('none', 'noise'))
    module = training_module(recipe, network, deployment, pairs, pairs)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    result = early_check(module, checkpoint, tmp_path)
    assert math.isfinite(result['loss']) and result['loss'] > 0.0
    assert result['with_gradient'] == result['weights']
    assert all((value == before[name]).all() for name, value in network.state_dict().items())
    settle(module)
    table = score_network(checkpoint, recipe, pairs)
    assert {row.kind for row in table.rows[:4]} == set(RowKind) - {RowKind.PUBLISHED}
    ours, blind, centre, prior = (row.figures for row in table.rows[:4])
    figure = recipe.best.lstrip('-')
    assert set(blind) == set(ours) and figure in ours
    assert set(module.figure_names()) == set(ours)
    assert centre and prior
    seen, black = (pair_answers(module, pairs, black, lambda *_: None) for black in (False, True))
    assert any(not np.array_equal(seen[name], black[name]) for name in seen)


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(FAMILIES, 'tiny', None)
    monkeypatch.setattr(network_choice, 'preset', network_choice.preset)
    tiny_training.register()
    train_network(tiny_recipe(published='city'), TinyPairs(), TinyPairs(seed=1), tmp_path,
                  machine=Machine('cpu'))
    return tmp_path / 'last.safetensors'


def test_a_trained_network_beats_its_blind_row_and_is_scored_as_in_validation(
        trained: Path) -> None:
    checkpoint = load_checkpoint(trained)
    recipe = recipe_of(checkpoint)
    table = score_network(checkpoint, recipe, TinyPairs(seed=1), facts={'command': 'x'})
    ours, blind, centre, _ = (row.figures for row in table.rows[:4])
    assert ours['recall@1'] == checkpoint.notes['figures']['recall@1']
    assert ours['recall@1'] > 3 * blind['recall@1'] > 0.0
    assert centre['local_recall@1'] == 1.0
    assert table.facts['command'] == 'x'
    assert table.facts['pairs'] == 64


def test_a_checkpoint_without_a_recipe_needs_one(trained: Path) -> None:
    checkpoint = replace(load_checkpoint(trained), notes={})
    with pytest.raises(LearningError, match='name one'):
        recipe_of(checkpoint)


def test_loss_and_protocol_must_belong_together() -> None:
    recipe = replace(small_recipe('cvml_city'), protocol='city')
    with pytest.raises(LearningError, match='pose'):
        training_module(recipe, *network_of(small_recipe('cvml_city')))


def test_bases_and_changes_of_networks_are_checked() -> None:
    recipe = small_recipe('safa_city')
    wrong = replace(recipe, network=replace(recipe.network, base='moon'))
    with pytest.raises(LearningError, match='cvusa'):
        configuration_of(wrong)
    wrong = replace(recipe, network=replace(recipe.network, changes={'maps': 'many'}))
    with pytest.raises(LearningError, match='maps'):
        configuration_of(wrong)
