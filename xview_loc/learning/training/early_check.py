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

"""One batch through everything, before hours are spent."""

from __future__ import annotations

import copy
from pathlib import Path
import tempfile
from typing import Any

import torch

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.torch_pairs import collate_pairs
from xview_loc.learning.training.batch_plans import share_of
from xview_loc.learning.training.training_module import TrainingModule


def early_check(
        module: TrainingModule, checkpoint: Checkpoint, out: Path,
        processes: int = 1, on: str = 'cpu') -> dict[str, Any]:
    """
    Try the first batch of training, a batch of validation, and a checkpoint.

    The network, its statistics and the random numbers are afterwards as they were.

    :param module: about to be trained.
    :param checkpoint: what will be written.
    :param out: folder of the run.
    :param processes: that will share every batch; the part of the first one is tried.
    :param on: device to try it on.
    :return: the loss and how many weights had a gradient.
    :raises LearningError: in one sentence that says what does not work.
    """
    before = copy.deepcopy(module.network.state_dict())
    was_training = module.training
    device = module.device
    module.to(on)
    with torch.random.fork_rng():
        try:
            _try_figures(module)
            result = _try_step(module, processes)
            _try_answers(module)
            _try_checkpoint(checkpoint, out)
        finally:
            module.zero_grad(set_to_none=True)
            module.network.load_state_dict(before)
            module.train(was_training)
            module.to(device)
    return result


def _try_figures(module: TrainingModule) -> None:
    """Refuse a figure of merit that validation would not give."""
    names, best = module.figure_names(), module.recipe.best
    if module.validation_source is not None and best.removeprefix('-') not in names:
        raise LearningError(f'best is {best!r}; the figures are {", ".join(names)}.')


def _try_step(module: TrainingModule, processes: int) -> dict[str, Any]:
    """Compute loss and gradients of the first batch."""
    assert module.train_source is not None
    module.train()
    pairs = module.pairs(module.train_source, vary=True)
    part = share_of(module.plan(0)[:1], 0, processes)[0]
    if len(part) < 2:
        raise LearningError(
            f'a process would see {len(part)} pair at a time, which has no negatives and no '
            'statistics; raise batches.size or use fewer processes.')
    batch = _batch([pairs[index] for index in part], module)
    loss = module.loss(batch)
    if not bool(torch.isfinite(loss)):
        raise LearningError(
            f'the loss of the first batch is {float(loss.detach())}; it must be finite.')
    loss.backward()
    weights = [(name, weight) for name, weight in module.network.named_parameters()
               if weight.requires_grad]
    broken = [name for name, weight in weights
              if weight.grad is not None and not bool(torch.isfinite(weight.grad).all())]
    if broken:
        raise LearningError(
            f'the gradient of {broken[0]} is not finite after one batch; lower '
            'schedule.learning_rate or use precision 32-true.')
    moved = sum(weight.grad is not None for _, weight in weights)
    if not moved:
        raise LearningError('no weight has a gradient after one batch; nothing would be learnt.')
    return {'loss': float(loss.detach()), 'weights': len(weights), 'with_gradient': moved}


@torch.no_grad()
def _try_answers(module: TrainingModule) -> None:
    """Answer a batch of validation and of its tiles."""
    source: PairSource | None = module.validation_source
    if source is None:
        return
    module.eval()
    for number, loader in enumerate(module.scoring_loaders(source)):
        items = [loader.dataset[index] for index in range(min(2, len(loader.dataset)))]
        answer = module.tile_answers if number else module.answers
        for name, value in answer(_batch(items, module)).items():
            if name in ('ground', 'satellite', 'map') and not bool(torch.isfinite(value).all()):
                raise LearningError(f'{name} of the first validation batch is not finite.')


def _try_checkpoint(checkpoint: Checkpoint, out: Path) -> None:
    """Write and read the weights once."""
    with tempfile.TemporaryDirectory(dir=out, prefix='.check-') as folder:
        path = Path(folder) / 'weights.safetensors'
        save_checkpoint(path, checkpoint)
        load_checkpoint(path, checkpoint.family)


def _batch(items: list[dict[str, Any]], module: TrainingModule) -> dict[str, Any]:
    """Return a batch on the device of the module."""
    batch = collate_pairs(items)
    return {name: value.to(module.device) if isinstance(value, torch.Tensor) else value
            for name, value in batch.items()}
