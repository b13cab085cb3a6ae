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

"""The most accurate method, and why it is not the first."""

from __future__ import annotations

import pytest

from xview_loc.scenarios.figures import comparison
from xview_loc.scenarios.figures.comparison import best_method, why_not_best


def two(first, second, error=0.01):
    return {name: {'median_m': value, 'median_m_se': error}
            for name, value in (('ours', first), ('theirs', second))}


@pytest.mark.parametrize(('first', 'second', 'best'), [
    (0.2, 0.3, 'ours'), (0.3, 0.2, 'theirs'), (None, 0.2, 'theirs'), (None, None, None)])
def test_the_best_has_the_lowest_figure(first, second, best):
    assert best_method(two(first, second), 'median_m') == best


def test_the_best_and_the_silent_explain_nothing():
    assert why_not_best('urban', two(0.2, 0.3), 'median_m') is None
    assert why_not_best('urban', two(None, 0.3), 'median_m') is None


def test_a_small_difference_is_called_chance():
    says = why_not_best('urban', two(0.21, 0.20), 'median_m')
    assert says == ('theirs has the lower median error, by 0.01 m (standard error of the '
                    'difference at most 0.01 m): that may be chance.')


def test_a_large_difference_has_its_reason(monkeypatch):
    monkeypatch.setitem(comparison.REASONS, ('urban', 'median_m'), 'It rained.')
    assert why_not_best('urban', two(0.30, 0.20), 'median_m').endswith('0.01 m). It rained.')
    assert 'not been looked for' in why_not_best('mars', two(0.30, 0.20, None), 'median_m')
