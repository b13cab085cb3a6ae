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

"""A run is reproducible, survives a kill, and is the same on several processes."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import tiny_training
from tiny_training import tiny_recipe, TinyPairs
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import load_checkpoint
from xview_loc.learning.families import FAMILIES
from xview_loc.learning.networks.image_input import planes
from xview_loc.learning.training import network_choice
from xview_loc.learning.training.recipe import changed_schedule, PRECISIONS
from xview_loc.learning.training.train_network import Machine, train_network

CPU = Machine('cpu')


@pytest.fixture(autouse=True)
def tiny_family(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, 'tiny', None)
    monkeypatch.setattr(network_choice, 'preset', network_choice.preset)
    tiny_training.register()


def run(out: Path, *options: str) -> subprocess.CompletedProcess:
    """Train in a process of its own."""
    return subprocess.run(
        [sys.executable, tiny_training.__file__, str(out), *options], capture_output=True,
        text=True, timeout=300, env={**os.environ, 'OMP_NUM_THREADS': '1'})


def losses(history: list[dict[str, Any]]) -> list[float]:
    return [record['loss'] for record in history]


def test_a_run_learns_and_leaves_what_it_promises(tmp_path: Path) -> None:
    epochs, stages = [], []
    result = train_network(
        tiny_recipe(), TinyPairs(), TinyPairs(seed=1), tmp_path, machine=CPU,
        report=epochs.append, progress=lambda *values: stages.append(values))
    assert losses(result.history)[-1] < losses(result.history)[0]
    assert result.history == epochs == json.loads((tmp_path / 'history.json').read_text())
    assert result.history[-1]['figures']['recall@1'] > 3 / 64
    assert result.check['with_gradient'] == result.check['weights'] == 8
    last = load_checkpoint(tmp_path / 'last.safetensors', 'tiny')
    assert last.notes['epochs'] == 4
    assert last.notes['recipe']['name'] == 'tiny'
    figures = [record['figures']['recall@1'] for record in result.history]
    best = load_checkpoint(tmp_path / 'best.safetensors')
    assert best.notes['epochs'] == figures.index(max(figures)) + 1
    assert list((tmp_path / 'tensorboard').glob('events.*'))
    assert not list(tmp_path.glob('*.part'))
    assert stages[-1][1:] == (32, 32)


def test_the_same_seed_gives_the_same_curve_and_another_seed_another(tmp_path: Path) -> None:
    curves = []
    for name, seed in (('a', 3), ('b', 3), ('c', 4)):
        recipe = changed_schedule(tiny_recipe(), seed=seed, epochs=2)
        curves.append(losses(train_network(
            recipe, TinyPairs(), None, tmp_path / name, machine=CPU).history))
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]


def test_a_cpu_computes_in_bfloat16_where_asked_and_never_in_float16(tmp_path: Path) -> None:
    curves = {precision: losses(train_network(
        changed_schedule(tiny_recipe(), epochs=2, precision=precision), TinyPairs(), None,
        tmp_path / precision, machine=CPU).history) for precision in PRECISIONS}
    assert curves['16-mixed'] == curves['32-true'] != curves['bf16-mixed']
    assert curves['bf16-mixed'] == pytest.approx(curves['32-true'], rel=0.02)


def test_reading_in_worker_processes_changes_nothing(tmp_path: Path) -> None:
    recipe = changed_schedule(tiny_recipe(), epochs=2)
    curves = [losses(train_network(
        recipe, TinyPairs(), None, tmp_path / str(workers),
        machine=Machine('cpu', workers=workers)).history) for workers in (0, 2)]
    assert curves[0] == curves[1]


def test_batch_statistics_are_those_of_training_where_the_recipe_says_so(tmp_path: Path) -> None:
    curves, apart = [], []
    for settle in (0, 8):
        recipe = tiny_recipe(network={'changes': {'normalised': True}},
                             schedule={'epochs': 2, 'settle': settle})
        out = tmp_path / str(settle)
        curves.append(losses(train_network(
            recipe, TinyPairs(), TinyPairs(seed=1), out, machine=CPU).history))
        ground = load_checkpoint(out / 'last.safetensors').network.ground
        images = torch.from_numpy(np.stack([
            TinyPairs().sample(index).ground for index in range(64)]))
        seen = ground.layers[0](planes(images) / 128.0 - 1.0).detach()
        apart.append(float((seen.mean(dim=(0, 2, 3)) - ground.layers[1].running_mean)
                           .abs().max()))
    assert curves[0] == curves[1]
    assert apart[1] < 0.02 < apart[0]


def test_a_negative_number_of_batches_to_settle_is_refused() -> None:
    with pytest.raises(LearningError, match='schedule.settle is -1'):
        tiny_recipe(schedule={'settle': -1})


def test_more_epochs_go_on_from_the_last_one(tmp_path: Path) -> None:
    whole = train_network(tiny_recipe(), TinyPairs(), None, tmp_path / 'whole', machine=CPU)
    train_network(changed_schedule(tiny_recipe(), epochs=2), TinyPairs(), None,
                  tmp_path / 'part', machine=CPU)
    rest = train_network(tiny_recipe(), TinyPairs(), None, tmp_path / 'part', resume=True,
                         machine=CPU)
    assert losses(rest.history) == losses(whole.history)
    states = [load_checkpoint(tmp_path / name / 'last.safetensors').network.state_dict()
              for name in ('whole', 'part')]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_ctrl_c_leaves_as_ctrl_c_and_the_run_goes_on(tmp_path: Path) -> None:
    def interrupt(_: str, done: int, total: int) -> None:
        if done == 19:
            raise KeyboardInterrupt

    whole = train_network(tiny_recipe(), TinyPairs(), None, tmp_path / 'whole', machine=CPU)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train_network(tiny_recipe(), TinyPairs(), None, tmp_path / 'part', machine=CPU,
                      progress=interrupt)
    assert signal.getsignal(signal.SIGINT) is handler
    rest = train_network(tiny_recipe(), TinyPairs(), None, tmp_path / 'part', resume=True,
                         machine=CPU)
    assert losses(rest.history) == losses(whole.history)


@pytest.mark.slow
def test_killed_in_an_epoch_and_resumed_equals_the_run_that_was_not(tmp_path: Path) -> None:
    whole = run(tmp_path / 'whole')
    assert whole.returncode == 0, whole.stderr
    killed = run(tmp_path / 'killed', '--kill-in-epoch', '2')
    assert killed.returncode == -9
    assert len(json.loads((tmp_path / 'killed' / 'history.json').read_text())) == 2
    resumed = run(tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    histories = [json.loads(process.stdout) for process in (whole, resumed)]
    assert losses(histories[0]) == losses(histories[1])
    assert [record['figures'] for record in histories[0]] == [
        record['figures'] for record in histories[1]]


@pytest.mark.slow
def test_two_processes_train_and_validate_like_one(tmp_path: Path) -> None:
    results = []
    for devices in ('1', '2'):
        process = run(tmp_path / devices, '--devices', devices, '--dropout', '0.0')
        assert process.returncode == 0, process.stderr
        results.append(json.loads((tmp_path / devices / 'history.json').read_text()))
    for one, two in zip(*results):
        assert two['loss'] == pytest.approx(one['loss'], rel=1e-4)
        assert two['figures']['recall@1'] == pytest.approx(one['figures']['recall@1'], rel=0.01)
        assert two['figures']['local_recall@1'] == pytest.approx(
            one['figures']['local_recall@1'], rel=0.01)


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    recipe = changed_schedule(tiny_recipe(), epochs=1)
    train_network(recipe, TinyPairs(), None, tmp_path, machine=CPU)
    with pytest.raises(LearningError, match='--resume'):
        train_network(recipe, TinyPairs(), None, tmp_path, machine=CPU)
    with pytest.raises(LearningError, match='batches of the recipe changed'):
        train_network(tiny_recipe(batches={'size': 4}), TinyPairs(), None, tmp_path,
                      resume=True, machine=CPU)
    with pytest.raises(LearningError, match='no state'):
        train_network(recipe, TinyPairs(), None, tmp_path / 'new', resume=True, machine=CPU)


def test_the_early_check_names_a_loss_that_is_not_finite(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(tiny_training.TinyBranch):

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(images) * float('nan')

    monkeypatch.setattr(tiny_training, 'TinyBranch', Broken)
    with pytest.raises(LearningError, match='loss of the first batch'):
        train_network(tiny_recipe(), TinyPairs(), None, tmp_path, machine=CPU)


def test_batches_that_leave_one_pair_to_a_process_are_refused_before_anything_starts(
        tmp_path: Path) -> None:
    with pytest.raises(LearningError, match='1 pair at a time'):
        train_network(tiny_recipe(batches={'size': 2}), TinyPairs(), None, tmp_path,
                      machine=Machine('cpu', 2))
    with pytest.raises(LearningError, match='3 processes'):
        train_network(tiny_recipe(), TinyPairs(), None, tmp_path, machine=Machine('cpu', 3))


def test_a_figure_that_does_not_exist_cannot_choose_the_best(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match=r'best is .-median_m.'):
        train_network(tiny_recipe(best='-median_m'), TinyPairs(), TinyPairs(), tmp_path,
                      machine=CPU)
    with pytest.raises(LearningError, match='protocol is .moon.'):
        train_network(tiny_recipe(protocol='moon'), TinyPairs(), TinyPairs(), tmp_path,
                      machine=CPU)
    assert not (tmp_path / 'last.safetensors').exists()
