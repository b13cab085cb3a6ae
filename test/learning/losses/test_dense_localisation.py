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
from xview_loc.learning.losses.dense_localisation import (
    cell_info_nce, cell_labels, cvml_loss, dense_cross_entropy)
from xview_loc.learning.losses.heat_map_target import heat_map_target


@pytest.fixture
def target() -> torch.Tensor:
    """Return the target of the specification's example, (1, 1, 512, 512) float64."""
    return heat_map_target(torch.tensor([[10.0, -20.0]], dtype=torch.float64), reference=True)


def grid(values: torch.Tensor) -> torch.Tensor:
    """Return 64 scores as (1, 1, 8, 8)."""
    return values.double().reshape(1, 1, 8, 8)


def test_positive_cells_are_those_of_the_specification(target) -> None:
    labels = cell_labels(target, 8)[0, 0]
    assert labels[3, 3].item() == pytest.approx(0.031663, abs=5e-7)
    assert labels[4, 3].item() == pytest.approx(0.986188, abs=5e-7)
    counts = [int((cell_labels(target, 512 // window) > 1e-2).sum())
              for window in (64, 32, 16, 8, 4, 2)]
    assert counts == [2, 2, 6, 12, 38, 124]


@pytest.mark.parametrize(('scores', 'expected'), [
    (torch.zeros(64), math.log(64)), (0.01 * torch.arange(64).double(), 5.175391),
    (torch.eye(64)[8 * 4 + 3], 0.313929)])
def test_contrastive_loss_is_that_of_the_specification(target, scores, expected) -> None:
    loss = cell_info_nce(grid(scores), cell_labels(target, 8))
    assert loss.item() == pytest.approx(expected, abs=5e-7)


def test_sums_of_the_contrastive_loss_run_over_the_batch(target) -> None:
    labels = cell_labels(target, 8)
    weak = torch.where(labels > 0.5, torch.zeros_like(labels), labels)
    scores = 0.02 * torch.arange(128, dtype=torch.float64).reshape(2, 1, 8, 8).sin()
    each = [cell_info_nce(scores[index:index + 1], value).item()
            for index, value in enumerate((labels, weak))]
    weights = [labels[labels > 1e-2].sum().item(), weak[weak > 1e-2].sum().item()]
    expected = (each[0] * weights[0] + each[1] * weights[1]) / sum(weights)
    assert cell_info_nce(scores, torch.cat([labels, weak])).item() == pytest.approx(expected)
    assert expected != pytest.approx(sum(each) / 2, abs=1e-6)


def test_cross_entropy_of_uniform_and_of_perfect_logits(target) -> None:
    uniform = dense_cross_entropy(torch.zeros_like(target), target).item()
    assert uniform == pytest.approx(12.476649, abs=5e-7)
    perfect = dense_cross_entropy(target.clamp(min=1e-300).log(), target).item()
    assert perfect == pytest.approx(5.606556, abs=5e-7)


def test_total_weighs_the_bottleneck_by_ten_thousand(target) -> None:
    total = cvml_loss(torch.zeros_like(target), grid(torch.zeros(64)), target).item()
    assert total == pytest.approx(12.476649 + 41588.830834, abs=1e-5)


def test_empty_targets_and_other_shapes_are_refused(target) -> None:
    with pytest.raises(LearningError, match='a target is empty'):
        dense_cross_entropy(torch.zeros_like(target), torch.zeros_like(target))
    with pytest.raises(LearningError, match='must be the same'):
        dense_cross_entropy(torch.zeros(1, 1, 8, 8), target)
    with pytest.raises(LearningError, match='no cell'):
        cell_info_nce(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8))
    with pytest.raises(LearningError, match='must be the same'):
        cell_info_nce(torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8))
    with pytest.raises(LearningError, match='7x7 cells'):
        cell_labels(target, 7)
