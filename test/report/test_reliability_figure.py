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

import numpy as np
import pytest

from xview_loc.report.reliability_figure import reliability_figure


def test_the_figure_shows_both_curves_and_how_far_they_are_off() -> None:
    even = (np.arange(200) + 0.5) / 200
    axes, = reliability_figure(0.5 * even, even).axes
    promised, before, after = axes.lines
    np.testing.assert_allclose(after.get_ydata(), after.get_xdata(), atol=0.006)
    # levels up to one half are kept twice as often as promised
    assert before.get_ydata()[50] == pytest.approx(0.5, abs=0.01)
    labels = [line.get_label() for line in (before, after)]
    assert labels[0] == 'before: off by 0.249' and labels[1].startswith('after: off by 0.00')
    assert [text.get_text() for text in axes.get_legend().get_texts()][0] == (
        'chance, 200 matches')
    assert list(promised.get_xdata()) == list(promised.get_ydata())
