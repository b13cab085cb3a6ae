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

"""The yaws that a search tries."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.heading_sweep import fine_heading_sweep, heading_sweep
from xview_loc.matching.matcher import SearchPrior


def sweep(yaw_range, bins=16, yaw=0.4):
    return heading_sweep(SearchPrior(Pose2(0.0, 0.0, yaw), 5.0, yaw_range), bins)


def test_a_known_heading_is_the_only_one() -> None:
    assert sweep(0.19).tolist() == [0.4]
    assert sweep(0.0).tolist() == [0.4]


@pytest.mark.parametrize('yaw_range', [0.2, 0.4, 1.0, 2.0])
def test_a_range_is_enclosed(yaw_range) -> None:
    yaws = sweep(yaw_range)
    assert len(yaws) % 2 == 1 and yaws[len(yaws) // 2] == pytest.approx(0.4)
    np.testing.assert_allclose(np.diff(yaws), 2.0 * math.pi / 16)
    assert yaws[-1] >= 0.4 + yaw_range and yaws[-1] < 0.4 + yaw_range + math.pi / 8


@pytest.mark.parametrize('bins', [1, 4, 15, 16])
def test_every_heading_is_a_whole_circle(bins) -> None:
    yaws = sweep(math.pi, bins)
    assert len(yaws) == bins and 0.4 in yaws.round(12)
    np.testing.assert_allclose(np.diff(yaws), 2.0 * math.pi / bins)


@pytest.mark.parametrize('yaw_range', [0.0, 0.1, 0.5, 2.0])
def test_a_fine_sweep_ends_at_its_limits(yaw_range) -> None:
    yaws = fine_heading_sweep(SearchPrior(Pose2(0.0, 0.0, 0.4), 5.0, yaw_range), 32)
    assert len(yaws) >= 3 and yaws[len(yaws) // 2] == pytest.approx(0.4)
    assert np.ptp(np.diff(yaws)) < 1e-12 and np.diff(yaws)[0] <= 2.0 * math.pi / 32 + 1e-12
    assert yaws[-1] - 0.4 == pytest.approx(max(yaw_range, math.radians(1.0)))


@pytest.mark.parametrize('yaw_range', [3.1, math.pi])
def test_a_fine_sweep_of_every_heading_is_a_whole_circle(yaw_range) -> None:
    yaws = fine_heading_sweep(SearchPrior(Pose2(0.0, 0.0, 0.4), 5.0, yaw_range), 32)
    assert len(yaws) == 32
    np.testing.assert_allclose(np.diff(yaws), 2.0 * math.pi / 32)
