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

"""From the names on the command line to a trained network, and to its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xview_loc.errors import LearningError
from xview_loc.learning.checkpoint import load_checkpoint
from xview_loc.learning.evaluation.evaluation_table import EvaluationTable
from xview_loc.learning.training.data_choice import open_part, with_data
from xview_loc.learning.training.network_choice import configuration_of
from xview_loc.learning.training.recipe import changed_schedule, Recipe
from xview_loc.learning.training.recipe_file import read_recipe
from xview_loc.learning.training.run_files import Report
from xview_loc.learning.training.score_bev_net import score_bev_net, search_radius
from xview_loc.learning.training.score_network import recipe_of, score_network
from xview_loc.learning.training.train_network import (
    Machine, Progress, train_network, TrainingResult)


def run_recipe(
        recipe: str | Path, data: str | None = None, out: Path | None = None, *,
        resume: bool = False, epochs: int | None = None, seed: int | None = None,
        precision: str | None = None, machine: Machine = Machine(), imagenet: Path | None = None,
        options: Mapping[str, Any] | None = None, changes: Mapping[str, Any] | None = None,
        random_weights: bool = False, command: str = '',
        progress: Progress = lambda stage, done, total: None,
        report: Report = lambda record: None) -> TrainingResult:
    """
    Train by a recipe.

    :param recipe: name or file.
    :param data: see :func:`.data_choice.with_data`.
    :param out: folder of the run; ``runs/<name>`` without it.
    :param resume: go on with the run in that folder.
    :param epochs: instead of those of the recipe.
    :param seed: instead of that of the recipe.
    :param precision: instead of that of the recipe.
    :param machine: what to use.
    :param imagenet: file of ImageNet weights.
    :param options: of the data set, over those of the recipe.
    :param changes: of the recipe, see :func:`.recipe_file.read_recipe`.
    :param random_weights: start from random weights, whatever the recipe says.
    :param command: for the card of the weights.
    :param progress: told what is done.
    :param report: told the figures of every epoch.
    """
    plan = changed_schedule(
        read_recipe(recipe, changes), epochs=epochs, seed=seed, precision=precision)
    if random_weights:
        plan = replace(plan, network=replace(plan.network, initial='random'))
    plan, root = with_data(plan, data, options)
    _, deployment = configuration_of(plan)
    kind = plan.data.kind
    train = open_part(kind, plan.data.train, root, deployment, progress)
    validation = None
    if plan.data.validation:
        validation = open_part(kind, plan.data.validation, root, deployment, progress)
    return train_network(
        plan, train, validation, out or Path('runs') / plan.name, resume=resume,
        machine=machine, imagenet=imagenet, command=command, progress=progress, report=report)


def score_checkpoint(
        path: Path, data: str | None = None, parts: Sequence[str] = (), *,
        recipe: str | Path | None = None, options: Mapping[str, Any] | None = None,
        workers: int = 0, command: str = '',
        progress: Progress = lambda stage, done, total: None) -> list[EvaluationTable]:
    """
    Score weights on the tests of their recipe.

    :param path: of the weights.
    :param data: see :func:`.data_choice.with_data`.
    :param parts: names of tests; all without any.
    :param recipe: name or file; that of the training where there is none.
    :param options: of the data set, over those of the recipe.
    :param workers: processes that read.
    :param command: to be named under the tables.
    :param progress: told what is done.
    """
    checkpoint = load_checkpoint(path)
    plan: Recipe = recipe_of(checkpoint) if recipe is None else read_recipe(recipe)
    if plan.family != checkpoint.family:
        raise LearningError(
            f'{path} holds a network of {checkpoint.family}; {plan.name} is for {plan.family}.')
    plan, root = with_data(plan, data, options)
    tests: Mapping[str, Any] = plan.data.tests
    unknown = [part for part in parts if part not in tests]
    if unknown or not tests:
        raise LearningError(
            f'{plan.name} has no test {unknown[0] if unknown else ""!r}; it has '
            f'{", ".join(tests) or "none"}.')
    tables = []
    for part in parts or tests:
        source = open_part(plan.data.kind, tests[part], root, checkpoint.deployment, progress)
        facts = {'test': part, 'weights': path.name, 'command': command,
                 'trained for': f'{checkpoint.notes.get("epochs", "?")} epochs'}
        if plan.family == 'bev_net':
            tables.append(score_bev_net(
                checkpoint, source, radius_m=search_radius(tests[part]), facts=facts,
                title=plan.name, progress=progress))
            continue
        tables.append(score_network(
            checkpoint, plan, source, part, workers=workers, facts=facts, progress=progress))
    return tables
