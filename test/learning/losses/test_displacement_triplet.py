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

from xview_loc.learning.losses.displacement_triplet import cvlnet_loss

DISTANCES = [[0.2, 1.1, 0.9], [0.8, 0.5, 1.3], [1.0, 0.7, 0.3]]


def scores(distances: torch.Tensor) -> torch.Tensor:
    """Return maps whose best displacement has these distances, (B, B, 7, 7)."""
    maps = torch.full((*distances.shape, 7, 7), -1.0, dtype=torch.float64)
    maps[:, :, 2, 5] = 1.0 - distances / 2
    return maps


def test_reference_loss_is_that_of_the_specification() -> None:
    distances = torch.tensor(DISTANCES, dtype=torch.float64)
    assert cvlnet_loss(scores(distances), reference=True).item() == pytest.approx(
        3.63553165, abs=6e-9)


@pytest.mark.parametrize(('batch', 'expected'), [(8, 7.92168206), (2, 13.86294361)])
def test_reference_loss_of_equal_pairs_is_that_of_the_specification(batch, expected) -> None:
    maps = scores(torch.full((batch, batch), 0.6, dtype=torch.float64))
    assert cvlnet_loss(maps, reference=True).item() == pytest.approx(expected, abs=6e-9)
    assert cvlnet_loss(maps).item() == pytest.approx(10 * math.log(2))


def test_only_the_best_displacement_of_a_pair_has_a_gradient() -> None:
    maps = scores(torch.tensor(DISTANCES, dtype=torch.float64)).requires_grad_()
    cvlnet_loss(maps).backward()
    assert int((maps.grad != 0).sum()) == 9
    assert (maps.grad[:, :, 2, 5].diagonal() < 0).all()
