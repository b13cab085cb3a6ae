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

"""The page of the scenario suite."""

from html.parser import HTMLParser

import pytest

from xview_loc.report.scenario_page import comparison_figure, write_scenario_page
from xview_loc.scenarios.figures.bars import Bar


def figures(median, **others):
    """Return the figures of one method."""
    return {'drives': 3, 'median_m': median, 'p99_m': median and 4.0 * median,
            'heading_median_deg': 0.3, 'anees': 1.04, 'coverage95': 0.951,
            'false_alarms_per_h': 0.0, 'alarm_delay_s_p95': None, 'recovered_60s': 1.0,
            'confidently_wrong_s': 0.0, **others}


SUITE = {'urban': {'xview_loc': figures(0.2), 'gnss': figures(3.0, false_alarms_per_h=None)},
         'tunnel': {'xview_loc': figures(0.4), 'gnss': figures(None)}}


class Cells(HTMLParser):
    """Collect the text of table cells."""

    def __init__(self, page):
        super().__init__()
        self.cells, self._inside = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._inside = tag == 'td'
        if self._inside:
            self.cells.append('')

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != 'td'

    def handle_data(self, data):
        if self._inside:
            self.cells[-1] += data.strip()


def test_every_figure_of_every_method_is_on_the_page(tmp_path):
    page = write_scenario_page(SUITE, tmp_path).read_text(encoding='utf-8')
    cells = Cells(page).cells
    assert len(cells) == 4 * 10
    assert cells[1:6] == ['0.20', '0.80', '0.30', '1.04', '95.1 %']
    assert cells[30 + 1] == '\u2013'
    assert 'urban, 3 drives' in page and 'tunnel, 3 drives' in page


def test_the_page_needs_no_other_file(tmp_path):
    page = write_scenario_page(SUITE, tmp_path).read_text(encoding='utf-8')
    assert 'src="data:image/png;base64,' in page
    assert 'http' not in page


def test_methods_without_a_figure_are_left_out_of_the_picture():
    axes = comparison_figure(SUITE, {'xview_loc': '#000000', 'gnss': '#ff0000'}).axes[0]
    assert len(axes.lines) == 2 * 3


def test_consistency_is_drawn_with_its_error_where_that_is_known():
    suite = {'urban': {'xview_loc': figures(0.2, anees_se=0.1), 'gnss': figures(3.0, anees=None)}}
    axes = comparison_figure(suite, {'xview_loc': '#000000', 'gnss': '#ff0000'}).axes[1]
    bar, dot = axes.lines
    assert list(bar.get_xdata()) == pytest.approx([0.84, 1.24])
    assert list(dot.get_xdata()) == [1.04]


def test_the_best_is_marked_and_who_is_not_says_why(tmp_path):
    worse = {'mars': {'xview_loc': figures(0.2), 'gnss': figures(0.1)}}
    page, same = (write_scenario_page(suite, tmp_path).read_text(encoding='utf-8')
                  for suite in (worse, SUITE))
    assert '<td class="best">0.10</td>' in page
    assert 'lower median error' in page and 'lower 99 % error' in page
    assert 'lower median error' not in same


def test_what_is_demanded_is_on_the_page(tmp_path):
    bars = [Bar('errors', 0.123, highest=0.2), Bar('alarms', 0.9, lowest=1.0)]
    page = write_scenario_page(SUITE, tmp_path, bars).read_text(encoding='utf-8')
    assert Cells(page).cells[:8] == [
        'errors', '0.123', 'at most 0.2', 'met', 'alarms', '0.900', 'at least 1', 'not met']
