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

"""Likelihood volumes made of peaks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.scenarios.scene import clutter, clutter_tiles, Peaks, render, TILE_M


def rendered(peaks, radius=5.0, yaw_range=math.radians(10.0), prior=Pose2(10.0, 20.0, 0.5)):
    return render(peaks, SearchPrior(prior, radius, yaw_range), 3.0, np.random.default_rng(0))


def test_the_best_cell_is_where_the_peak_is():
    peak = Pose2(11.2, 17.9, 0.45)
    likelihood = rendered(Peaks.single(peak, 25.0, 0.4, 0.4, math.radians(1.5)))
    best = likelihood.peak()
    assert best.distance_to(peak) < 0.6
    assert abs(best.yaw - peak.yaw) < math.radians(2.1)
    assert likelihood.stamp == 3.0


def test_a_peak_falls_off_as_its_widths_say():
    pose = Pose2(10.0, 20.0, 0.0)
    peaks = Peaks.single(pose, 25.0, 2.0, 0.5, math.radians(2.0))
    likelihood = rendered(peaks, prior=pose)
    x, y, yaw = (np.array(v) for v in ([10.0, 12.0, 10.0], [20.0, 20.0, 21.0], [0.0, 0.0, 0.0]))
    values = likelihood.at(x, y, yaw)
    assert values[1] == pytest.approx(values[0] - 0.5, abs=1.5)
    assert values[2] == pytest.approx(values[0] - 2.0, abs=1.5)


def test_a_peak_outside_the_search_leaves_only_noise():
    likelihood = rendered(Peaks.single(Pose2(100.0, 20.0, 0.5), 25.0, 0.4, 0.4, 0.03))
    assert likelihood.log_likelihood.max() < 3.0


def test_an_unknown_yaw_is_searched_all_around_on_coarser_cells():
    likelihood = rendered(Peaks.joined([]), yaw_range=math.pi)
    assert likelihood.is_full_circle
    assert likelihood.geometry.metres_per_pixel == 1.0


def test_clutter_is_a_property_of_the_place():
    first, second = (clutter((3, -2), 25.0, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.poses, second.poses)
    assert np.all((first.poses[:, 0] >= 3 * TILE_M) & (first.poses[:, 0] <= 4 * TILE_M))
    assert first.heights.max() <= 0.7 * 25.0
    tiles = clutter_tiles(SearchPrior(Pose2(0.0, 0.0, 0.0), 5.0))
    assert (0, 0) in tiles
    assert (-1, -1) in tiles
