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

"""A table of results: ours, the baselines that use no ground image, and what others published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum, unique
import json
import math
from pathlib import Path
from typing import Any

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.published import PublishedTable


@unique
class RowKind(Enum):
    """Where the figures of a row come from."""

    OURS = 'ours'
    # the same network, its ground images black
    BLIND = 'blind'
    # the middle of the tile or of the disc
    CENTRE = 'centre'
    # the rough position and heading itself
    PRIOR = 'prior'
    PUBLISHED = 'published'


# Every table must hold these: without them a figure cannot be judged.
REQUIRED = (RowKind.OURS, RowKind.BLIND, RowKind.CENTRE, RowKind.PRIOR)


@dataclass(frozen=True)
class TableRow:
    """
    Figures of one predictor.

    :param name: for people.
    :param kind: see :class:`RowKind`.
    :param figures: by name; empty where a predictor has none.
    :param same_data: whether they were measured on the same samples as ours.
    :param note: where they come from.
    """

    name: str
    kind: RowKind
    figures: Mapping[str, Any]
    same_data: bool = True
    note: str = ''


@dataclass(frozen=True)
class EvaluationTable:
    """
    Results of one checkpoint on one data set.

    :param title: method and data set.
    :param protocol: one sentence on how it was counted.
    :param rows: ours first.
    :param facts: how the run was made: command, samples, seed, machine.
    """

    title: str
    protocol: str
    rows: tuple[TableRow, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a table without the rows that make it readable."""
        missing = [kind.value for kind in REQUIRED if kind not in {row.kind for row in self.rows}]
        if missing:
            raise LearningError(f'the table {self.title!r} lacks the rows {", ".join(missing)}.')

    @property
    def columns(self) -> list[str]:
        """Return the names of our own figures in order."""
        ours = next(row for row in self.rows if row.kind is RowKind.OURS)
        return [name for name, value in ours.figures.items()
                if value is None or isinstance(value, (int, float))]

    def with_published(self, table: PublishedTable, same_data: bool) -> EvaluationTable:
        """
        Return the table with the published rows below ours.

        :param table: of the same protocol.
        :param same_data: whether ours was measured on exactly the samples of the papers.
        """
        rows = tuple(TableRow(
            row.method, RowKind.PUBLISHED, row.figures, same_data,
            row.source if row.confirmed else f'{row.source}, unconfirmed') for row in table.rows)
        return EvaluationTable(self.title, self.protocol, self.rows + rows, self.facts)

    def record(self) -> dict[str, Any]:
        """Return the table as one JSON object."""
        return {'title': self.title, 'protocol': self.protocol, 'facts': dict(self.facts),
                'rows': [asdict(row) | {'kind': row.kind.value, 'figures': _finite(row.figures)}
                         for row in self.rows]}

    def markdown(self) -> str:
        """Return the table as Markdown."""
        columns = self.columns
        lines = [f'## {self.title}', '', self.protocol, '',
                 f'| predictor | {" | ".join(columns)} | same data | source |',
                 '|---' * (len(columns) + 3) + '|']
        for row in self.rows:
            cells = [written(name, row.figures.get(name)) for name in columns]
            same = 'yes' if row.same_data else 'no'
            lines.append(f'| {row.name} | {" | ".join(cells)} | {same} | {row.note} |')
        facts = [f'- {key}: {value}' for key, value in self.facts.items()]
        return '\n'.join([*lines, '', *facts, ''])


def written(name: str, value: Any) -> str:
    """Write a figure: shares as percentages, others with two digits, a dash for none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return '\u2013'
    if is_share(name):
        return f'{100.0 * value:.2f} %'
    return str(value) if isinstance(value, int) else f'{value:.3g}'


def is_share(name: str) -> bool:
    """Tell whether a figure is a share of samples."""
    return ('recall@' in name or '<' in name or 'coverage' in name
            or name in ('hit_rate', 'tied', 'noisy_empty', 'local_empty'))


def write_tables(
        tables: Sequence[EvaluationTable], out: Path,
        name: str = 'evaluation') -> tuple[Path, Path]:
    """
    Write tables for programs and for people.

    :param tables: to write.
    :param out: folder; made where it is missing.
    :param name: of the files, without ending.
    :return: paths of the JSON and of the Markdown file.
    """
    out.mkdir(parents=True, exist_ok=True)
    record, page = out / f'{name}.json', out / f'{name}.md'
    content = {'tables': [table.record() for table in tables]}
    record.write_text(json.dumps(content, indent=1, allow_nan=False) + '\n', encoding='utf-8')
    page.write_text('\n'.join(table.markdown() for table in tables), encoding='utf-8')
    return record, page


def _finite(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures without what JSON does not know."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in figures.items()}
