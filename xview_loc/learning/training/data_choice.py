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

"""Open the data that a recipe names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from xview_loc.errors import LearningError
from xview_loc.learning.data.open_pairs import KINDS, open_pairs
from xview_loc.learning.data.pair_source import PairSource
from xview_loc.learning.data.part_of_pairs import random_part
from xview_loc.learning.deployment import Deployment
from xview_loc.learning.training.recipe import Recipe

SIMULATED = 'simulated'
Progress = Callable[[str, int, int], None]


def open_part(
        kind: str, options: Mapping[str, Any], root: str | None, deployment: Deployment,
        progress: Progress = lambda stage, done, total: None) -> PairSource:
    """
    Open one part of a data set.

    :param kind: ``simulated``, or a name of :data:`.open_pairs.KINDS`.
    :param options: ``split`` and what the data set takes; ``part`` keeps a random share of it,
        from and to.
    :param root: folder of the data set; the simulated city needs none, and keeps what it renders
        where there is one.
    :param deployment: of the network, which the simulated cameras and tiles are made for.
    :param progress: told what is done.
    :raises LearningError: when an option is wrong; other errors come from the data set.
    """
    options = dict(options)
    part = options.pop('part', None)
    if kind == SIMULATED:
        source: PairSource = _simulated(options, root, deployment, progress)
    else:
        source = _on_disk(kind, options, root, deployment)
    if part is None:
        return source
    if not isinstance(part, (list, tuple)) or len(part) != 2:
        raise LearningError(f'part is {part!r}; it must be two shares from 0 to 1.')
    return random_part(source, float(part[0]), float(part[1]))


def with_data(
        recipe: Recipe, where: str | None,
        options: Mapping[str, Any] | None = None) -> tuple[Recipe, str | None]:
    """
    Return a recipe for the data that the command line names, and their folder.

    Another kind of data than that of the recipe is used by its splits train, val and test, and
    nobody has published figures on it.

    :param recipe: of the run.
    :param where: a folder, ``KIND:PATH`` or ``None``, see :func:`data_at`.
    :param options: for all parts, over what the recipe says about each.
    """
    kind, root = data_at(recipe.data.kind, where)
    data = recipe.data
    if kind != data.kind:
        data = replace(data, kind=kind, train={'split': 'train'}, validation={'split': 'val'},
                       tests={'test': {'split': 'test'}})
        recipe = replace(recipe, published='', test_published={}, test_protocols={})
    extra = dict(options or {})
    if extra:
        data = replace(
            data, train={**data.train, **extra},
            validation={**data.validation, **extra} if data.validation else {},
            tests={name: {**part, **extra} for name, part in data.tests.items()})
    return replace(recipe, data=data), root


def data_at(kind: str, where: str | None) -> tuple[str, str | None]:
    """
    Return kind and folder of the data that the command line names.

    :param kind: of the recipe.
    :param where: a folder, ``bag:PATH`` for a recorded drive, or ``None``.
    """
    if where is None:
        return kind, None
    scheme, colon, rest = where.partition(':')
    if not colon or scheme in ('', '.') or Path(where).exists():
        return kind, where
    if scheme not in KINDS:
        raise LearningError(
            f'--data is {where!r}; give a folder or one of '
            f'{", ".join(f"{name}:PATH" for name in KINDS)}.')
    return scheme, rest


def _on_disk(
        kind: str, options: dict[str, Any], root: str | None,
        deployment: Deployment) -> PairSource:
    """Open a data set of a folder."""
    if root is None:
        raise LearningError(f'{kind} lies in a folder; name it with --data.')
    split = options.pop('split', None)
    if kind == 'bag':
        use = deployment
        options = {'metres_per_pixel': use.satellite.metres_per_pixel, 'size': use.satellite.size,
                   'frames': use.window.length, 'gap_s': use.window.spacing_s or 0.3, **options}
    if not isinstance(split, str):
        raise LearningError(f'the options of {kind} need a split; they are {options}.')
    return open_pairs(kind, Path(root), split, **options)


def _simulated(
        options: dict[str, Any], root: str | None, deployment: Deployment,
        progress: Progress) -> PairSource:
    """Render pairs of the simulated city as the network takes them."""
    from xview_loc.learning.data.city_days import Days
    from xview_loc.learning.data.city_places import Spread
    from xview_loc.learning.data.rendered_pairs import rendered_pairs
    from xview_loc.learning.data.simulated_pairs import (
        Heading, simulated_pairs, SimulatedPairSettings)

    known = {entry.name for entry in fields(SimulatedPairSettings)} - {'satellite', 'ground'}
    unknown = sorted(set(options) - known)
    if unknown:
        raise LearningError(
            f'the simulated city has no option {unknown[0]}; it has {", ".join(sorted(known))}.')
    for name, kind in (('days', Days), ('heading', Heading), ('spread', Spread)):
        allowed = [member.value for member in kind]
        if options.get(name, allowed[0]) not in allowed:
            raise LearningError(
                f'{name} is {options[name]!r}; use one of {", ".join(allowed)}.')
        if name in options:
            options[name] = kind(options[name])
    settings = SimulatedPairSettings(deployment.satellite, deployment.ground, **options)

    def told(done: int, total: int) -> None:
        progress('rendering the city', done, total)

    if root is None:
        return simulated_pairs(settings, told)
    return rendered_pairs(settings, Path(root), told)
