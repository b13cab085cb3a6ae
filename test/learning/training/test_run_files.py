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

"""A run goes on by the recipe it was begun with, whatever recipes have gained since."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.training.recipe import changed_schedule
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.learning.training.run_files import prepare_folder, RECIPE, RunFiles, STATE


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Return the folder of a run that has ended an epoch."""
    assert prepare_folder(tmp_path / 'run', read_recipe('bev_net_tiles'), resume=False) is None
    (tmp_path / 'run' / STATE).write_bytes(b'state')
    return tmp_path / 'run'


def test_a_recipe_that_gained_entries_at_their_defaults_is_the_same(begun: Path) -> None:
    stored = json.loads((begun / RECIPE).read_text())
    del stored['loss']['pose_weight'], stored['batches']['minimum_m']
    (begun / RECIPE).write_text(json.dumps(stored))
    assert prepare_folder(begun, read_recipe('bev_net_tiles'), resume=True) == begun / STATE


def test_more_epochs_are_no_other_recipe_but_another_loss_is(begun: Path) -> None:
    longer = changed_schedule(read_recipe('bev_net_tiles'), epochs=99)
    assert prepare_folder(begun, longer, resume=True) == begun / STATE
    with pytest.raises(LearningError, match='loss of the recipe changed'):
        prepare_folder(begun, read_recipe('bev_net_tiles', {'loss.ground_weight': 1.5}), True)
    with pytest.raises(LearningError, match='holds a run already'):
        prepare_folder(begun, longer, resume=False)


def test_validations_without_a_better_figure_are_counted_and_survive_a_kill(
        tmp_path: Path) -> None:
    recipe = read_recipe('bev_net_tiles', {'schedule.patience': 2, 'schedule.validate_every': 2})
    files = RunFiles(tmp_path, recipe, SimpleNamespace())  # type: ignore[arg-type]
    better = [files._is_better(figures) for figures in (
        {'gain': 0.1}, {'gain': 0.3}, {'gain': 0.2}, None)]
    assert better == [True, True, False, False]
    files.waited = 1
    other = RunFiles(tmp_path, recipe, SimpleNamespace())  # type: ignore[arg-type]
    other.load_state_dict(files.state_dict())
    assert (other.waited, other.best) == (1, 0.3)
