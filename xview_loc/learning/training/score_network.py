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

"""A checkpoint against a data set: ours, blind, centre and prior in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
import time
from typing import Any

import torch

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import Checkpoint
from xview_loc.learning.data.open_pairs import KINDS
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.evaluation.evaluation_table import EvaluationTable, RowKind, TableRow
from xview_loc.learning.evaluation.published import published_table
from xview_loc.learning.training.gathering import Answers, gathered
from xview_loc.learning.training.recipe import Recipe
from xview_loc.learning.training.recipe_file import recipe_from
from xview_loc.learning.training.training_kind import training_module
from xview_loc.learning.training.training_module import TrainingModule

Progress = Callable[[str, int, int], None]
GROUND = ('ground', 'frames')
WORDS = {
    'pose': 'Most probable pose against the truth; along and across in the frame of the vehicle.',
    'video': 'Best of the first tiles, each moved by its own displacement.'}


def recipe_of(checkpoint: Checkpoint) -> Recipe:
    """Return the recipe that a checkpoint was trained by."""
    stored = checkpoint.notes.get('recipe')
    if not isinstance(stored, Mapping):
        raise LearningError(
            'the checkpoint does not say by which recipe it was trained; name one.')
    return recipe_from(stored, 'the recipe of the checkpoint')


def score_network(
        checkpoint: Checkpoint, recipe: Recipe, source: PairSource, part: str = '', *,
        workers: int = 0, facts: Mapping[str, Any] | None = None,
        progress: Progress = lambda stage, done, total: None) -> EvaluationTable:
    """
    Score a network by the protocol of its recipe.

    :param checkpoint: the network.
    :param recipe: protocol, published figures, size of batches.
    :param source: pairs to score.
    :param part: name of the test, of those that the recipe lists.
    :param workers: processes that read pairs.
    :param facts: to be named under the table.
    :param progress: told about the batches.
    """
    began = time.monotonic()
    recipe = replace(recipe, protocol=recipe.test_protocols.get(part, recipe.protocol))
    module = training_module(
        recipe, checkpoint.network, checkpoint.deployment, None, source, workers)
    module.eval()
    if torch.cuda.is_available():
        module.to('cuda')
    tiles = tile_answers(module, source, progress)
    seen, blind = (pair_answers(module, source, black, progress) for black in (False, True))
    centre, prior = module.baselines(seen, tiles, source)
    rows = (
        TableRow(recipe.family, RowKind.OURS, module.figures_of(seen, tiles, source)),
        TableRow('blind', RowKind.BLIND, module.figures_of(blind, tiles, source)),
        TableRow('centre', RowKind.CENTRE, centre), TableRow('prior', RowKind.PRIOR, prior))
    table = EvaluationTable(
        f'{recipe.name} on {source.name}', words_of(recipe), rows,
        {**(facts or {}), 'pairs': len(source), 'seed of the prior': recipe.schedule.seed,
         'seconds': round(time.monotonic() - began, 1),
         'device': torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU',
         **({'note': recipe.note} if recipe.note else {})})
    published = recipe.test_published.get(part, recipe.published)
    if not published:
        return table
    return table.with_published(published_table(published), is_published_split(recipe, source,
                                                                               part))


def is_published_split(recipe: Recipe, source: PairSource, part: str) -> bool:
    """Tell whether the pairs are all those of a split that the papers used."""
    kind, options = KINDS.get(recipe.data.kind), recipe.data.tests.get(part, {})
    split = options.get('split') if isinstance(options, Mapping) else None
    return kind is not None and kind.counts.get(split or '') == len(source)


def words_of(recipe: Recipe) -> str:
    """Return a sentence on how the figures were counted."""
    if recipe.protocol in WORDS:
        return WORDS[recipe.protocol]
    return (f'Protocol {recipe.protocol}: the rank of a query is the number of tiles that are '
            'strictly nearer than its own. Local recall looks in a disc around the truth, noisy '
            'recall in one around a noisy fix.')


@torch.no_grad()
def pair_answers(
        module: TrainingModule, source: PairSource, black: bool,
        progress: Progress) -> Answers:
    """
    Return what a network says about all pairs.

    :param module: with the network.
    :param source: the pairs.
    :param black: make the ground images black.
    :param progress: told about the batches.
    """
    loader = module.scoring_loaders(source)[0]
    batches = []
    for number, batch in enumerate(loader):
        progress('blind' if black else 'ground images', number, len(loader))
        batch = _on_device(batch, module)
        if black:
            batch |= {name: torch.zeros_like(batch[name]) for name in GROUND if name in batch}
        batches.append(module.answers(batch) | {'index': batch['index']})
    return gathered(batches, len(source))


@torch.no_grad()
def tile_answers(
        module: TrainingModule, source: PairSource, progress: Progress) -> Answers | None:
    """Return what a network says about the tiles of a gallery; ``None`` where there is none."""
    loaders = module.scoring_loaders(source)
    if len(loaders) == 1:
        return None
    batches = []
    for number, batch in enumerate(loaders[1]):
        progress('tiles', number, len(loaders[1]))
        batch = _on_device(batch, module)
        batches.append(module.tile_answers(batch) | {'index': batch['index']})
    return gathered(batches, len(loaders[1].dataset))


def _on_device(batch: dict[str, Any], module: TrainingModule) -> dict[str, Any]:
    return {name: value.to(module.device) if isinstance(value, torch.Tensor) else value
            for name, value in batch.items()}
