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

"""One page with the results of a network beside its baselines and what others published."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from xview_loc import __version__
from xview_loc.learning.evaluation.evaluation_table import EvaluationTable, RowKind, written
from xview_loc.report.style import INK, MUTED, RULE

_COLOURS = {RowKind.OURS: '#0072b2', RowKind.BLIND: '#7f7f7f', RowKind.CENTRE: '#009e73',
            RowKind.PRIOR: '#56b4e9', RowKind.PUBLISHED: '#d9dee4'}
_NOTE = (
    'Blind is the same network with black ground images, centre the middle of the tile or of the '
    'disc of the prior, prior the rough pose itself: what a network adds is its distance from '
    'these rows. Rows that are not on the same data can only hint at how methods compare.')


def write_benchmark_page(tables: list[EvaluationTable], out: Path,
                         name: str = 'evaluation') -> Path:
    """
    Write the page.

    :param tables: one for each data set.
    :param out: an existing folder.
    :param name: of the file, without ending.
    :return: path of the page, which needs no other file.
    """
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True,
                              autoescape=select_autoescape(default=True))
    page = environment.get_template('benchmark.html.j2').render(
        ink=INK, muted=MUTED, rule=RULE, note=_NOTE, footer=f'xview_loc {__version__}',
        tables=[{'title': table.title, 'protocol': table.protocol, 'columns': table.columns,
                 'facts': list(table.facts.items()), 'rows': _rows(table)} for table in tables])
    path = out / f'{name}.html'
    path.write_text(page, encoding='utf-8')
    return path


def _rows(table: EvaluationTable) -> list[dict]:
    """Return the rows as text."""
    return [{'name': row.name, 'kind': row.kind.value, 'colour': _COLOURS[row.kind],
             'note': row.note, 'same': 'yes' if row.same_data else 'no',
             'cells': [written(column, row.figures.get(column)) for column in table.columns]}
            for row in table.rows]
