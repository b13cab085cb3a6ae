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

"""Fixes that make sense, and those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from xview_loc.errors import FilterError
from xview_loc.filtering.gnss_fix import GnssFix


@pytest.mark.parametrize(('arguments', 'says'), [
    ((np.nan, 0.0, 0.0, np.eye(2)), 'finite'),
    ((0.0, np.inf, 0.0, np.eye(2)), 'finite'),
    ((0.0, 0.0, 0.0, [[1.0, np.nan], [0.0, 1.0]]), 'finite'),
    ((0.0, 1e8, 0.0, np.eye(2)), 'outside any map'),
    ((0.0, 0.0, 0.0, np.eye(3)), r'\(2, 2\)'),
    ((0.0, 0.0, 0.0, -np.eye(2)), 'not negative'),
    ((0.0, 0.0, 0.0, [[1.0, 5.0], [5.0, 1.0]]), 'not negative'),
    ((0.0, 0.0, 0.0, [[1.0, 0.5], [0.0, 1.0]]), 'symmetric'),
    ((0.0, 0.0, 0.0, 1e30 * np.eye(2)), 'knows nothing')])
def test_what_is_no_fix_is_refused_with_a_reason(arguments, says):
    with pytest.raises(FilterError, match=says):
        GnssFix(*arguments)


def test_the_covariance_is_a_read_only_copy():
    covariance = np.eye(2)
    fix = GnssFix(0.0, 1.0, 2.0, covariance)
    covariance[0, 0] = 9.0
    assert fix.covariance[0, 0] == 1.0
    with pytest.raises(ValueError, match='read-only'):
        fix.covariance[0, 0] = 2.0
