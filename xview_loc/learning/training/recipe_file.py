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

"""Recipes from YAML, strictly: nothing unknown, missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from xview_loc.errors import ConfigurationError, LearningError
from xview_loc.learning.training.recipe import Recipe
from xview_loc.matching.strict_record import record_from

FOLDER = Path(__file__).parents[1] / 'recipes'
# Mappings whose entries belong to others: to data sets and to network configurations.
FREE = (('network', 'changes'), ('network', 'deployment'), ('data', 'train'),
        ('data', 'validation'), ('data', 'tests'))


def read_recipe(source: str | Path, changes: Mapping[str, Any] | None = None) -> Recipe:
    """
    Read a recipe.

    :param source: name of one of ours, see :func:`recipe_names`, or path of a YAML file.
    :param changes: entries that replace those of the file, by dotted name, for instance
        ``network.base``.
    :raises LearningError: in one sentence that names the entry and what is allowed.
    """
    path = Path(source)
    if path.suffix not in ('.yaml', '.yml'):
        path = FOLDER / f'{source}.yaml'
        if not path.is_file():
            raise LearningError(
                f'there is no recipe {str(source)!r}; give a YAML file or one of '
                f'{", ".join(recipe_names())}.')
    if not path.is_file():
        raise LearningError(f'there is no recipe {path}.')
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LearningError(
            f'{path} is no readable YAML ({" ".join(str(error).split())}).') from error
    for name, value in (changes or {}).items():
        content = _changed(content, name.split('.'), value)
    return recipe_from(content, path.name)


def recipe_names() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob('*.yaml'))


def recipe_from(content: Any, where: str = 'recipe') -> Recipe:
    """
    Return the recipe that a mapping describes.

    :param content: as in YAML.
    :param where: it stands, for messages.
    """
    if not isinstance(content, Mapping):
        raise LearningError(f'{where} must be a mapping; it is {type(content).__name__}.')
    strict, free = dict(content), {}
    for section, name in FREE:
        if isinstance(strict.get(section), Mapping):
            part = dict(strict[section])
            free[section, name] = part.pop(name, {}) or {}
            strict[section] = part
    try:
        recipe = record_from(Recipe, strict)
    except ConfigurationError as error:
        raise LearningError(f'{where}: {error}') from error
    for (section, name), value in free.items():
        if not isinstance(value, Mapping):
            raise LearningError(f'{where}: {section}.{name} must be a mapping; got {value!r}.')
        recipe = replace(recipe, **{
            section: replace(getattr(recipe, section), **{name: dict(value)})})
    return recipe


def _changed(content: Any, path: list[str], value: Any) -> Any:
    """Return nested mappings with one entry replaced; what is no mapping is left to be refused."""
    if not path:
        return value
    if content is not None and not isinstance(content, Mapping):
        raise LearningError(f'{path[0]} cannot be set in {content!r}, which is no mapping.')
    inner = dict(content or {})
    inner[path[0]] = _changed(inner.get(path[0]), path[1:], value)
    return inner
