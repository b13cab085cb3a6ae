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

"""When a method may be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from xview_loc.scenarios.drive_track import DriveTrack
from xview_loc.scenarios.figures.allowance import allowance
from xview_loc.scenarios.scenario import SCENARIOS


def track(speed):
    column = np.zeros(180)
    return DriveTrack(0.5 * np.arange(180), np.zeros((180, 3)), column, column > 0.0, column > 0.0,
                      column, column, column, 0.5 * speed * np.arange(180))


@pytest.mark.parametrize(('name', 'speed', 'last'), [
    ('kidnap', 20.0, 66), ('kidnap', 5.0, 72), ('imagery_step', 10.0, 90)])
def test_it_lasts_as_long_as_the_bar_says(name, speed, last):
    np.testing.assert_array_equal(
        np.flatnonzero(allowance(SCENARIOS[name], track(speed))), np.arange(60, last + 1))


def test_nothing_is_allowed_where_nothing_happens():
    assert not allowance(SCENARIOS['urban'], track(9.0)).any()
