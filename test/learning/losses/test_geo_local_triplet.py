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

from angle_example import GROUND, SATELLITE
import pytest
import torch

from xview_loc.errors import LearningError
from xview_loc.learning.losses.geo_local_triplet import geo_local_triplet, GeoLocalConfig
from xview_loc.learning.losses.soft_margin_triplet import (
    descriptor_distances, soft_margin_triplet)

DISTANCES = descriptor_distances(SATELLITE, GROUND)
CVACT = torch.tensor([[0, 0], [4, 0], [60, 0], [0, 90]], dtype=torch.float64)
ROBOTCAR = torch.tensor([[0, 0], [7, 0], [20, 0], [0, 45]], dtype=torch.float64)
SAMPLED = ROBOTCAR + torch.tensor([[1, 1], [-4, 0], [0, 3], [2, -1]])


def without(*members: int) -> torch.Tensor:
    """Return the mask of members whose ground image must not be used."""
    return torch.isin(torch.arange(4), torch.tensor(members))


@pytest.mark.parametrize(('empty', 'expected'), [
    (None, 0.419329550), (without(), 0.419329550), (without(2), 0.358627862)])
def test_reference_loss_on_cvact_is_that_of_the_specification(empty, expected) -> None:
    loss = geo_local_triplet(DISTANCES, CVACT, CVACT, GeoLocalConfig.cvact(reference=True), empty)
    assert loss.item() == pytest.approx(expected, abs=6e-10)


@pytest.mark.parametrize(('empty', 'expected'), [
    (None, 0.304516571), (without(1), 0.086822360)])
def test_loss_on_robotcar_is_that_of_the_specification(empty, expected) -> None:
    loss = geo_local_triplet(DISTANCES, SAMPLED, ROBOTCAR, GeoLocalConfig.robotcar(), empty)
    assert loss.item() == pytest.approx(expected, abs=6e-10)


def test_corrected_loss_on_cvact_weighs_metres() -> None:
    config = GeoLocalConfig.cvact()
    assert config.distance_power == 1
    faithful = geo_local_triplet(DISTANCES, CVACT, CVACT, GeoLocalConfig.cvact(reference=True))
    # Four metres count 0.0127 instead of 0.185, the other pairs nearly 1 in both.
    assert geo_local_triplet(DISTANCES, CVACT, CVACT, config) < faithful


def test_everything_far_within_the_radius_is_the_global_loss() -> None:
    positions = 1000.0 * torch.arange(8, dtype=torch.float64).view(4, 2)
    config = GeoLocalConfig(radius_m=math.inf, minimum_m=0.0)
    loss = geo_local_triplet(DISTANCES, positions, positions, config)
    # The count is raised by 0.001 against division by zero: 8e-5 of the value.
    assert loss.item() == pytest.approx(soft_margin_triplet(DISTANCES).item(), rel=1e-4)


def test_utm_northings_do_not_change_the_loss() -> None:
    origin = torch.tensor([690_000.3, 6_095_000.7], dtype=torch.float64)
    config = GeoLocalConfig.robotcar()
    near = geo_local_triplet(DISTANCES, SAMPLED, ROBOTCAR, config)
    far = geo_local_triplet(DISTANCES, SAMPLED + origin, ROBOTCAR + origin, config)
    torch.testing.assert_close(far, near, atol=1e-9, rtol=0)


def test_a_batch_without_usable_pairs_costs_nothing_and_has_a_zero_gradient() -> None:
    leaf = DISTANCES.clone().requires_grad_()
    loss = geo_local_triplet(
        leaf, ROBOTCAR, ROBOTCAR, GeoLocalConfig(), torch.ones(4, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0.0 and not leaf.grad.any()


def test_an_empty_ring_of_negatives_is_refused() -> None:
    with pytest.raises(LearningError, match='minimum_m is 5.0'):
        GeoLocalConfig(radius_m=5.0)
