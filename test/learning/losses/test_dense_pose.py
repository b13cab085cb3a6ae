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

import pytest
import torch

from xview_loc.learning.losses.dense_pose import ccvpe_loss, scale_losses
from xview_loc.learning.losses.heat_map_target import heat_map_target
from xview_loc.learning.losses.orientation_target import orientation_bins


def uniform(bins: int) -> list[torch.Tensor]:
    """Return equal scores at the six scales, (1, bins, s, s) float64."""
    return [torch.zeros(1, bins, side, side, dtype=torch.float64)
            for side in (8, 16, 32, 64, 128, 256)]


def heading(bins: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return heat map, bins and angle of one truth."""
    angle = torch.tensor([1.3], dtype=torch.float64)
    target = heat_map_target(torch.tensor([[10.0, -20.0]], dtype=torch.float64), reference=True)
    return target, orientation_bins(angle, bins), angle


@pytest.mark.parametrize(('bins', 'expected', 'mean'), [
    (20, [7.154615, 8.540910, 9.927204, 11.313498, 12.699793, 14.086087], 10.620351),
    (16, [6.931472, 8.317766, 9.704061, 11.090355, 12.476649, 13.862944], 10.397208)])
def test_losses_of_equal_scores_are_those_of_the_specification(bins, expected, mean) -> None:
    target, split, _ = heading(bins)
    losses = scale_losses(uniform(bins), target, split)
    assert losses.tolist() == pytest.approx(expected, abs=6e-7)
    assert losses.mean().item() == pytest.approx(mean, abs=6e-7)


def test_only_the_true_bin_of_the_true_cell_lowers_the_loss() -> None:
    target, split, _ = heading(20)
    best = int(split[0].argmax())
    plain = scale_losses(uniform(20)[:1], target, split)
    for index, lower in ((best, True), ((best + 10) % 20, False)):
        match = uniform(20)[0]
        match[0, index, 4, 3] = 1.0
        assert (scale_losses([match], target, split) < plain).item() is lower


def test_total_weighs_scales_and_orientation() -> None:
    target, split, angle = heading(20)
    field = torch.stack([-angle.cos(), -angle.sin()], dim=1)[:, :, None, None]
    total = ccvpe_loss(
        torch.zeros_like(target), field.expand(1, 2, 512, 512), uniform(20), target, split, angle)
    assert total.item() == pytest.approx(
        12.476649 + 1e4 * 10.620351 + 10 * 400.5544, abs=0.02)
