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

"""What a training run leaves behind, and what it needs to go on after a kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import json
import math
import os
from pathlib import Path
import time
from typing import Any

from lightning.pytorch import Callback, Trainer

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint, save_checkpoint
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.recipe_file import recipe_from
from xview_loc.learning.training.training_module import TrainingModule
from xview_loc.matching.strict_record import plain_record

STATE, BEST, LAST = 'state.ckpt', 'best.safetensors', 'last.safetensors'
HISTORY, RECIPE = 'history.json', 'recipe.json'
Report = Callable[[dict[str, Any]], None]


class RunFiles(Callback):
    """
    Write weights, figures and the state at the end of every epoch.

    The state comes last and appears complete or not at all: a run that is killed goes on from the
    last epoch that ended, as if nothing had happened.

    :param out: folder of the run.
    :param recipe: of the run.
    :param checkpoint: what to write; its network is the one that is trained.
    :param report: told each epoch's figures.
    """

    def __init__(self, out: Path, recipe: Recipe, checkpoint: Checkpoint,
                 report: Report = lambda record: None) -> None:
        self.out, self.recipe, self.checkpoint, self.report = out, recipe, checkpoint, report
        self.history: list[dict[str, Any]] = []
        self.best: float | None = None
        self.waited = 0
        self.started = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        return {'history': json.dumps(self.history), 'best': self.best, 'waited': self.waited}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up an earlier run."""
        self.history, self.best = json.loads(state_dict['history']), state_dict['best']
        self.waited = state_dict.get('waited', 0)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Note the time."""
        self.started = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Write everything; the state is last."""
        module: TrainingModule = pl_module
        validated = (trainer.current_epoch + 1) % self.recipe.schedule.validate_every == 0
        record: dict[str, Any] = {
            'epoch': trainer.current_epoch, 'steps': trainer.global_step,
            'loss': float(trainer.callback_metrics['loss_epoch']),
            'seconds': round(time.monotonic() - self.started, 3)}
        if validated and module.figures:
            record['figures'] = module.figures
        self.history.append(record)
        better = self._is_better(record.get('figures'))
        self.waited = 0 if better else self.waited + validated
        if 0 < self.recipe.schedule.patience <= self.waited:
            trainer.should_stop = True
        if trainer.is_global_zero:
            current = replace(self.checkpoint, notes={
                **self.checkpoint.notes, 'epochs': trainer.current_epoch + 1,
                'steps': trainer.global_step, 'figures': _finite(record.get('figures') or {})})
            save_checkpoint(self.out / LAST, current)
            if better:
                save_checkpoint(self.out / BEST, current)
            _write(self.out / HISTORY, json.dumps(_finite(self.history), indent=1) + '\n')
            self.report(record)
        # every process takes part in saving
        trainer.save_checkpoint(self.out / f'{STATE}.part')
        if trainer.is_global_zero:
            os.replace(self.out / f'{STATE}.part', self.out / STATE)
        trainer.strategy.barrier()

    def _is_better(self, figures: dict[str, Any] | None) -> bool:
        """Tell whether these are the best figures so far; without validation, always."""
        if figures is None:
            return self.best is None
        name = self.recipe.best.lstrip('-')
        if figures.get(name) is None:
            raise LearningError(
                f'best is {self.recipe.best!r}; the figures are {", ".join(figures)}.')
        value = float(figures[name]) * (-1.0 if self.recipe.best.startswith('-') else 1.0)
        if math.isnan(value) or (self.best is not None and value <= self.best):
            return False
        self.best = value
        return True


def prepare_folder(out: Path, recipe: Recipe, resume: bool) -> Path | None:
    """
    Make the folder of a run, or find what to resume.

    :param out: of the run.
    :param recipe: of the run; all but the number of epochs must be that of the resumed run.
    :param resume: go on.
    :return: the state to resume from.
    :raises LearningError: when there is nothing to resume, or something in the way.
    """
    state, stored = out / STATE, out / RECIPE
    if not resume:
        if state.exists():
            raise LearningError(
                f'{out} holds a run already; resume it with --resume or choose another folder.')
        out.mkdir(parents=True, exist_ok=True)
        _write(stored, json.dumps(plain_record(recipe), indent=1) + '\n')
        return None
    if not state.is_file():
        raise LearningError(f'{out} holds no state to resume; start without --resume.')
    before = json.loads(stored.read_text(encoding='utf-8')) if stored.is_file() else {}
    # Entries that the recipe has gained since are at their defaults.
    before, now = (json.loads(json.dumps(plain_record(one))) if one else {} for one in (
        recipe_from(before) if before else None, recipe))
    for record in (before, now):
        record.get('schedule', {}).pop('epochs', None)
    changed = sorted(key for key in now if now[key] != before.get(key))
    if changed:
        raise LearningError(
            f'{", ".join(changed)} of the recipe changed since {out} was begun; only '
            'schedule.epochs may.')
    return state


def _write(path: Path, text: str) -> None:
    """Write a file that appears complete or not at all."""
    unfinished = path.with_name(f'{path.name}.{os.getpid()}.part')
    unfinished.write_text(text, encoding='utf-8')
    unfinished.replace(path)


def _finite(value: Any) -> Any:
    """Return a value without what JSON does not know."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
