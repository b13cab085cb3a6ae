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

from angle_example import DISTANCES, GROUND, SATELLITE
import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.losses.soft_margin_triplet import (
    descriptor_distances, far_apart, hardest_per_anchor, hardest_triplets, mined_share,
    soft_margin_triplet, triplet_terms)

POSITIONS = torch.tensor([[0, 0], [10, 0], [60, 0], [0, 90]], dtype=torch.float64)


@pytest.fixture
def distances() -> torch.Tensor:
    """Return the distances of the example, (4, 4) float64."""
    return descriptor_distances(SATELLITE, GROUND)


def by_direction(distances: torch.Tensor, usable: torch.Tensor) -> list[float]:
    """Return each direction's terms over all pairs, ln 2 for unusable ones, by their number."""
    terms = triplet_terms(distances)
    return [torch.where(usable, term, math.log(2)).sum().item() / int(usable.sum())
            for term in terms]


def test_distances_are_those_of_the_specification(distances) -> None:
    assert distances.tolist() == [pytest.approx(row, abs=6e-10) for row in DISTANCES]


def test_mixed_precision_does_not_round_distances() -> None:
    satellite, ground = SATELLITE.float(), GROUND.float()
    with torch.autocast('cpu', torch.bfloat16):
        mixed = descriptor_distances(satellite, ground)
        assert (satellite @ ground.T).dtype == torch.bfloat16
    assert mixed.equal(descriptor_distances(satellite, ground))


def test_reference_loss_over_all_pairs_is_that_of_the_specification(distances) -> None:
    assert soft_margin_triplet(distances, reference=True).item() == pytest.approx(
        0.739486546, abs=6e-10)
    assert by_direction(distances, ~torch.eye(4, dtype=torch.bool)) == pytest.approx(
        [0.727255442, 0.751717651], abs=6e-10)


def test_loss_without_the_diagonal_is_lower_by_its_constant(distances) -> None:
    assert soft_margin_triplet(distances).item() == pytest.approx(0.508437486, abs=6e-10)


def test_reference_loss_of_distant_pairs_is_that_of_the_specification(distances) -> None:
    usable = far_apart(POSITIONS)
    assert int(usable.sum()) == 10
    assert soft_margin_triplet(distances, usable=usable, reference=True).item() == pytest.approx(
        0.854133584, abs=6e-10)
    assert by_direction(distances, usable) == pytest.approx(
        [0.952536404, 0.755730763], abs=6e-10)


@pytest.mark.parametrize('usable', [None, far_apart(POSITIONS)])
def test_reference_changes_the_value_but_no_gradient(distances, usable) -> None:
    gradients = []
    for reference in (False, True):
        leaf = distances.clone().requires_grad_()
        soft_margin_triplet(leaf, usable=usable, reference=reference).backward()
        gradients.append(leaf.grad)
    torch.testing.assert_close(*gradients)


def test_constant_floor_of_a_batch_of_32_and_of_12_is_the_published_one() -> None:
    for count, floor in ((32, 0.0223596), (12, 0.0630134)):
        distances = 1e3 * (1 - torch.eye(count, dtype=torch.float64))
        assert soft_margin_triplet(distances, reference=True).item() == pytest.approx(
            floor, abs=6e-8)
        assert soft_margin_triplet(distances).item() == 0.0


def test_loss_is_finite_and_has_a_gradient_for_the_worst_descriptors() -> None:
    distances = (4.0 * torch.eye(3)).requires_grad_()
    loss = soft_margin_triplet(distances)
    loss.backward()
    assert loss.item() == pytest.approx(40.0) and distances.grad.isfinite().all()


def test_a_batch_without_negatives_costs_nothing(distances) -> None:
    leaf = distances.clone().requires_grad_()
    loss = soft_margin_triplet(leaf, usable=torch.zeros(4, 4, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0.0 and torch.equal(leaf.grad, torch.zeros(4, 4, dtype=torch.float64))


def test_weights_scale_terms_but_not_their_count(distances) -> None:
    weights = torch.zeros_like(distances)
    weights[1, 0] = 3.0
    terms = triplet_terms(distances)
    expected = 3.0 * (terms[0][1, 0] + terms[1][1, 0]) / 24
    assert soft_margin_triplet(distances, weights=weights).item() == pytest.approx(expected.item())


def test_pairs_at_exactly_the_distance_are_far_apart_even_at_utm_northings() -> None:
    positions = torch.tensor([[700_000, 6_095_000.1], [700_015, 6_095_020.1]], dtype=torch.float64)
    assert far_apart(positions, 25.0 - 1e-6).tolist() == [[False, True], [True, False]]
    assert not far_apart(positions, 25.01).any()


@pytest.mark.parametrize(('share', 'expected'), [
    (1.0, 0.5084374862), (0.5, 1.0089564697), (0.1, 2.9641104839), (0.05, 2.9641104839)])
def test_hardest_share_gives_the_values_of_the_specification(distances, share, expected) -> None:
    assert hardest_triplets(distances, share).item() == pytest.approx(expected, abs=6e-11)


def test_hardest_of_every_anchor_is_its_largest_term(distances) -> None:
    ground, satellite = (terms - 100 * torch.eye(4) for terms in triplet_terms(distances))
    expected = 0.5 * (ground.amax(dim=0).mean() + satellite.amax(dim=1).mean())
    assert hardest_per_anchor(distances, 1).item() == pytest.approx(expected.item())
    assert hardest_per_anchor(distances, 3).item() == pytest.approx(
        soft_margin_triplet(distances).item())


def test_mining_follows_the_published_schedule() -> None:
    assert [mined_share(epoch) for epoch in (0, 20, 21, 40, 41, 60, 61, 500)] == [
        1.0, 1.0, 0.1, 0.1, 0.05, 0.05, 0.01, 0.01]
    assert [max(1, int(share * 32 * 31)) for share in (1.0, 0.1, 0.05, 0.01)] == [992, 99, 49, 9]


@pytest.mark.parametrize('call', [
    lambda: soft_margin_triplet(torch.zeros(3, 4)), lambda: soft_margin_triplet(torch.zeros(1, 1)),
    lambda: hardest_triplets(torch.zeros(3, 3), 0.0),
    lambda: hardest_triplets(torch.zeros(3, 3), 1.1),
    lambda: hardest_per_anchor(torch.zeros(3, 3), 3)])
def test_impossible_batches_and_shares_are_refused(call) -> None:
    with pytest.raises(LearningError):
        call()
