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

"""Figures that others published, read from ``published.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from xview_loc.errors import LearningError


@dataclass(frozen=True)
class PublishedRow:
    """
    One row of somebody's table.

    :param method: its name.
    :param source: where the figures stand.
    :param confirmed: whether they were seen there; others were remembered.
    :param figures: by the names that our own tables use.
    """

    method: str
    source: str
    confirmed: bool
    figures: dict[str, float]


@dataclass(frozen=True)
class PublishedTable:
    """The rows that were measured by one protocol."""

    protocol: str
    rows: tuple[PublishedRow, ...]


@cache
def published_tables() -> dict[str, PublishedTable]:
    """Return all tables by the name of their data set."""
    text = Path(__file__).with_name('published.yaml').read_text(encoding='utf-8')
    return {name: PublishedTable(table['protocol'],
                                 tuple(PublishedRow(**row) for row in table['rows']))
            for name, table in yaml.safe_load(text).items()}


def published_table(name: str) -> PublishedTable:
    """Return the table of a data set."""
    tables = published_tables()
    if name not in tables:
        raise LearningError(
            f'there is no table of published figures for {name!r}; there are '
            f'{", ".join(sorted(tables))}.')
    return tables[name]
