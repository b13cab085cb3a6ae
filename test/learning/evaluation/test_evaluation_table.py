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

"""A table holds its baselines, writes what it says, and published figures are well formed."""

import json
import math
from pathlib import Path

import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.evaluation_table import (
    EvaluationTable, RowKind, TableRow, write_tables, written)
from xview_loc.learning.evaluation.published import published_table, published_tables

OURS = TableRow('safa', RowKind.OURS, {'recall@1': 0.5, 'median_m': 1.25, 'note': 'text'})
BASELINES = (
    TableRow('blind', RowKind.BLIND, {'recall@1': 0.01, 'median_m': math.nan}),
    TableRow('centre', RowKind.CENTRE, {'median_m': 9.0}), TableRow('prior', RowKind.PRIOR, {}))


@pytest.fixture
def table() -> EvaluationTable:
    return EvaluationTable('safa on cvusa', 'as published', (OURS, *BASELINES), {'seed': 3})


@pytest.mark.parametrize('missing', range(3))
def test_a_table_without_one_of_its_baselines_is_refused(missing: int) -> None:
    rows = [row for index, row in enumerate(BASELINES) if index != missing]
    with pytest.raises(LearningError, match=BASELINES[missing].kind.value):
        EvaluationTable('x', 'y', (OURS, *rows))


def test_json_and_markdown_hold_the_figures_and_say_which_data(
        table: EvaluationTable, tmp_path: Path) -> None:
    full = table.with_published(published_table('cvusa'), same_data=False)
    record_path, page_path = write_tables([full], tmp_path / 'new')
    record, = json.loads(record_path.read_text())['tables']
    assert record['rows'][0]['figures']['recall@1'] == 0.5
    assert record['rows'][1]['figures']['median_m'] is None
    safa = next(row for row in record['rows'] if row['note'] == 'SAFA README')
    assert (safa['figures']['recall@1'], safa['same_data']) == (0.8984, False)
    page = page_path.read_text()
    assert '| safa | 50.00 % | 1.25 | yes |' in page
    assert '| SAFA | 89.84 % | \u2013 | no | SAFA README |' in page
    assert 'unconfirmed' in page
    assert '- seed: 3' in page


@pytest.mark.parametrize('name, value, text', [
    ('recall@1%', 0.9964, '99.64 %'), ('lateral<1m', 0.5, '50.00 %'),
    ('median_deg', 3.456, '3.46'), ('median_m', None, '\u2013'),
    ('count', 12, '12'), ('mean_m', math.inf, '\u2013')])
def test_figures_are_written_in_their_unit(name: str, value: float | None, text: str) -> None:
    assert written(name, value) == text


def test_published_shares_are_shares_and_sources_are_named() -> None:
    for table in published_tables().values():
        for row in table.rows:
            assert row.source and row.method
            for name, value in row.figures.items():
                assert value >= 0.0
                assert name.endswith(('_m', '_deg')) or value <= 1.0


def test_recalls_published_grow_with_k() -> None:
    for table in published_tables().values():
        for row in table.rows:
            values = [row.figures[name] for name in (
                'recall@1', 'recall@5', 'recall@10', 'recall@1%') if name in row.figures]
            assert values == sorted(values)


def test_an_unknown_data_set_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LearningError, match='kitti_same'):
        published_table('nowhere')
