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

"""Cross-entropy over poses, against values computed by hand."""

import math

import pytest
import torch

from xview_loc.learning.losses.pose_volume import pose_volume_loss, pose_volume_target


def test_the_target_is_a_gaussian_around_the_offset() -> None:
    target = pose_volume_target(torch.tensor([[1.0, -0.5], [0.0, 0.25]]), 4, 0.5, 0.6)
    assert tuple(target.shape) == (2, 9, 9)
    assert target.sum(dim=(1, 2)).tolist() == pytest.approx([1.0, 1.0])
    # East is to the right, north is up: one metre is two columns, half a metre south one row.
    assert divmod(int(target[0].argmax()), 9) == (5, 6)
    assert float(target[0, 5, 7] / target[0, 5, 6]) == pytest.approx(
        math.exp(-0.5 * (0.5 / 0.6) ** 2))
    assert float(target[1, 3, 4]) == pytest.approx(float(target[1, 4, 4]))


def test_knowing_nothing_costs_the_logarithm_of_the_poses() -> None:
    target = pose_volume_target(torch.zeros(3, 2), 2, 0.5, 0.6)
    loss = pose_volume_loss(torch.full((3, 4, 5, 5), 7.0), target)
    assert loss.tolist() == pytest.approx([math.log(100.0)] * 3)


def test_the_truth_costs_the_entropy_of_the_target_and_another_heading_more() -> None:
    target = pose_volume_target(torch.tensor([[0.5, 0.5]]), 3, 0.5, 0.6)
    logits = torch.full((1, 3, 7, 7), -60.0)
    logits[:, 0] = target.log()
    entropy = -float((target * target.log()).sum())
    assert float(pose_volume_loss(logits, target)) == pytest.approx(entropy, abs=1e-5)
    assert float(pose_volume_loss(logits.flip(1), target)) > entropy + 10.0
