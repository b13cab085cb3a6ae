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

"""What the filter is held against."""

from __future__ import annotations

import pytest

from xview_loc.scenarios.figures.bars import Bar, bars_of


@pytest.mark.parametrize(('value', 'lowest', 'highest', 'met', 'says'), [
    (1.0, 0.8, 1.2, True, '0.8 to 1.2'), (0.7, 0.8, 1.2, False, '0.8 to 1.2'),
    (0.99, 0.98, None, True, 'at least 0.98'), (5.5, None, 5.0, False, 'at most 5')])
def test_a_bar_is_met_within_its_bounds(value, lowest, highest, met, says):
    bar = Bar('x', value, lowest, highest)
    assert (bar.is_met, bar.bounds) == (met, says)


def test_only_what_was_driven_is_judged():
    figures = {'median_m': 0.2, 'anees': 1.1, 'lost_auroc': None}
    result = {'scenarios': {'urban': {'ours': figures}}, 'tracking': {'ours': figures},
              'all': {'ours': figures}}
    assert [(bar.name[:5], bar.value) for bar in bars_of(result, 'ours')] == [('ANEES', 1.1)]
    assert bars_of(result, 'theirs') == []


def test_what_lateness_costs_is_judged_against_the_same_losses_in_time():
    scenarios = {'latency': {'ours': {'median_m': 0.26, 'median_complete_m': 0.21}},
                 'dropped': {'ours': {'median_m': 0.20, 'median_complete_m': 0.20}}}
    late, complete = bars_of({'scenarios': scenarios, 'tracking': {}, 'all': {}}, 'ours')
    assert late.value == pytest.approx(1.3)
    assert complete.value == pytest.approx(1.05)
    assert not late.is_met
    assert 'best linear filter' in late.note and complete.note == ''
