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
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.losses.orientation_target import (
    orientation_bins, orientation_field_loss, RingDirection)


def shares(degrees: float, bins: int, direction: RingDirection) -> dict[int, float]:
    """Return the bins that are not zero."""
    angle = torch.deg2rad(torch.tensor([degrees], dtype=torch.float64))
    row = orientation_bins(angle, bins, direction)[0]
    return {index: value for index, value in enumerate(row.tolist()) if value > 1e-9}


@pytest.mark.parametrize(('degrees', 'expected'), [
    (0, {0: 1}), (9, {0: .5, 19: .5}), (18, {19: 1}), (90, {15: 1}),
    (197.57286, {10: .02373, 9: .97627}), (350, {1: .55556, 0: .44444})])
def test_bins_of_vigor_are_those_of_the_specification(degrees, expected) -> None:
    found = shares(degrees, 20, RingDirection.AGAINST_ANGLE)
    assert found == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize(('degrees', 'expected'), [
    (90.077375, {12: .99656, 11: .00344}), (91.392759, {12: .93810, 11: .06190}),
    (97.524235, {12: .66559, 11: .33441}), (225.436225, {6: .98061, 5: .01939}),
    (80.432633, {13: .42522, 12: .57478}), (277.787387, {4: .65389, 3: .34611})])
def test_bins_of_kitti_are_those_of_the_specification(degrees, expected) -> None:
    found = shares(degrees, 16, RingDirection.AGAINST_ANGLE)
    assert found == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize(('degrees', 'expected'), [
    (9, {0: .5, 1: .5}), (257.08127, {14: .71771, 15: .28229}), (350, {19: .55556, 0: .44444})])
def test_bins_of_robotcar_are_those_of_the_specification(degrees, expected) -> None:
    found = shares(degrees, 20, RingDirection.WITH_ANGLE)
    assert found == pytest.approx(expected, abs=6e-6)


def test_negative_angles_have_the_bins_of_their_full_turn() -> None:
    for direction in RingDirection:
        assert shares(-10, 20, direction) == pytest.approx(shares(350, 20, direction))


def test_field_loss_weighs_opposite_vectors_with_four_times_the_heat_map() -> None:
    target = heat_map_target(torch.tensor([[10.0, -20.0]], dtype=torch.float64), reference=True)
    angle = torch.tensor([0.7], dtype=torch.float64)
    truth = torch.tensor([math.cos(0.7), math.sin(0.7)], dtype=torch.float64)
    field = truth[None, :, None, None].expand(1, 2, 512, 512)
    assert orientation_field_loss(field, angle, target).item() == pytest.approx(0.0, abs=1e-12)
    assert orientation_field_loss(-field, angle, target).item() == pytest.approx(
        4 * 100.1386, abs=2e-4)
    both = orientation_field_loss(
        torch.cat([field, -field]), angle.expand(2), target.expand(2, -1, -1, -1))
    assert both.item() == pytest.approx(2 * 100.1386, abs=1e-4)


def test_angles_of_another_shape_are_refused() -> None:
    with pytest.raises(LearningError, match=r'\(1, 1\)'):
        orientation_bins(torch.zeros(1, 1))
