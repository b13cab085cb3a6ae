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

"""The centre of the tile on real label rows comes near what was computed from the whole lists."""

from pathlib import Path

import numpy as np
import pytest

from xview_loc.learning.evaluation.baselines import pose_centre
from xview_loc.learning.evaluation.published import published_table


@pytest.mark.parametrize('part, table', [('test1', 'kitti_same'), ('test2', 'kitti_cross')])
def test_centre_on_the_lists_of_kitti(part: str, table: str, shared_data: Path) -> None:
    rows = (shared_data / 'labels' / f'kitti_{part}_files.txt').read_text().split('\n')
    noise = np.array([row.split()[1:4] for row in rows if row.strip()], np.float64)
    # forward, left and turn of a tile whose right is forward before the turn
    turn = np.radians(10.0) * noise[:, 2]
    ahead, left = -20.0 * noise[:, 0], -20.0 * noise[:, 1]
    truth = np.stack([-(ahead * np.cos(turn) - left * np.sin(turn)),
                      -(ahead * np.sin(turn) + left * np.cos(turn)), turn], axis=1)
    ours = pose_centre(truth, with_heading=True)
    whole = published_table(table).rows[0]
    assert whole.method == 'centre of the tile'
    # 200 of 3 773 rows: the mean is known to 5.6 m / sqrt(200) = 0.4 m
    assert ours['mean_m'] == pytest.approx(whole.figures['mean_m'], abs=1.2)
    assert ours['median_m'] == pytest.approx(whole.figures['median_m'], abs=1.6)
    assert ours['mean_deg'] == pytest.approx(whole.figures['mean_deg'], abs=0.7)
    for name in ('lateral<1m', 'longitudinal<3m', 'heading<5deg'):
        assert ours[name] == pytest.approx(whole.figures[name], abs=0.09)


def test_centre_on_the_corrected_labels_of_vigor(shared_data: Path) -> None:
    name = 'vigor_Seattle_same_area_test_corrected.txt'
    rows = (shared_data / 'labels' / name).read_text().split('\n')
    offsets = np.array([row.split()[2:4] for row in rows if row.strip()], np.float64)
    metres = 0.100817 * offsets
    truth = np.stack([-metres[:, 1], -metres[:, 0], np.full(len(metres), np.pi / 2)], axis=1)
    centre = pose_centre(truth, with_heading=False)
    # all of Seattle: mean 14.13 m, median 14.73 m
    assert centre['mean_m'] == pytest.approx(14.13, abs=0.8)
    assert centre['median_m'] == pytest.approx(14.73, abs=1.2)
