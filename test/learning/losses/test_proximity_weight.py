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

import math

import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.losses.proximity_weight import pose_proximity_weight, proximity_weight


@pytest.mark.parametrize(('sigma', 'power', 'curve'), [
    (25.0, 2, {2: .012718428, 5: .393469340, 8: .962251140, 10: .999664537, 4: 0.185189738}),
    (10.0, 1, {5: .117503097, 10: .393469340, 25: .956063066, math.sqrt(37): 0.168895716,
               math.sqrt(178): 0.589344247})])
def test_weight_follows_the_curve_of_the_specification(sigma, power, curve) -> None:
    distance = torch.tensor(list(curve), dtype=torch.float64)
    assert proximity_weight(distance, sigma, power).tolist() == pytest.approx(
        list(curve.values()), abs=6e-10)


def test_half_the_weight_is_reached_where_the_specification_says() -> None:
    assert proximity_weight(torch.tensor(5.42), 25.0, 2).item() == pytest.approx(0.5, abs=2e-3)
    assert proximity_weight(torch.tensor(29.0), 25.0).item() == pytest.approx(0.5, abs=2e-2)


def test_weight_is_zero_at_the_truth_and_one_at_infinity() -> None:
    distance = torch.tensor([0.0, math.inf])
    assert proximity_weight(distance, 10.0).tolist() == [0.0, 1.0]


def test_equal_headings_leave_the_weight_of_the_distance() -> None:
    distance = torch.tensor([0.0, 3.0, 20.0])
    turns = torch.tensor([0.0, 2 * math.pi, -4 * math.pi])
    torch.testing.assert_close(
        pose_proximity_weight(distance, turns, 10.0, 0.3), proximity_weight(distance, 10.0))


def test_another_heading_at_the_same_place_counts_fully() -> None:
    weight = pose_proximity_weight(torch.zeros(2), torch.tensor([math.pi, 0.2]), 10.0, 0.2)
    assert weight.tolist() == pytest.approx([1.0, 1 - math.exp(-0.5)])


@pytest.mark.parametrize('call', [
    lambda: proximity_weight(torch.zeros(1), 0.0), lambda: proximity_weight(torch.zeros(1), 1., 3),
    lambda: pose_proximity_weight(torch.zeros(1), torch.zeros(1), 1.0, 0.0)])
def test_impossible_widths_and_powers_are_refused(call) -> None:
    with pytest.raises(LearningError, match='must be'):
        call()
