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

"""The page of results shows every row with its figures, escaped and complete."""

from pathlib import Path
from xml.etree import ElementTree

from xview_loc.learning.evaluation.evaluation_table import EvaluationTable, RowKind, TableRow
from xview_loc.learning.evaluation.published import published_table
from xview_loc.report.benchmark_page import write_benchmark_page


def test_page_shows_ours_the_baselines_and_the_published_rows(tmp_path: Path) -> None:
    rows = [TableRow('ours & <more>', RowKind.OURS, {'recall@1': 0.25, 'lateral<1m': 0.5})]
    rows += [TableRow(kind.value, kind, {'recall@1': 0.01})
             for kind in (RowKind.BLIND, RowKind.CENTRE, RowKind.PRIOR)]
    table = EvaluationTable('safa on cvusa', 'one tile each', tuple(rows), {'seed': 4})
    path = write_benchmark_page([table.with_published(published_table('cvusa'), True)], tmp_path)
    page = path.read_text()
    body = page[page.index('<body>'):page.index('</body>') + 7]
    tree = ElementTree.fromstring(body)
    cells = [[(cell.text or '') + ''.join((child.tail or '') for child in cell)
              for cell in row] for row in tree.iter('tr')]
    assert cells[0] == ['predictor', 'recall@1', 'lateral<1m', 'same data', 'source']
    assert cells[1][:3] == ['ours & <more>', '25.00 %', '50.00 %']
    assert ['SAFA', '89.84 %', '\u2013', 'yes', 'SAFA README'] in cells
    assert [row[0] for row in cells[2:5]] == ['blind', 'centre', 'prior']
    assert 'seed: 4' in page
