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

"""Cross-entropy over a volume of poses: some headings, all offsets of a square."""

from __future__ import annotations

import torch


def pose_volume_target(
        offset: torch.Tensor, radius: int, cell_m: float, sigma_m: float) -> torch.Tensor:
    """
    Return a Gaussian around the true position, of sum 1.

    :param offset: east and north from the middle of the square [m], (B, 2).
    :param radius: half side of the square [cells].
    :param cell_m: side of a cell [m].
    :param sigma_m: standard deviation [m].
    :return: rows southwards, columns eastwards, (B, 2 radius + 1, 2 radius + 1).
    """
    steps = cell_m * torch.arange(-radius, radius + 1, device=offset.device, dtype=offset.dtype)
    east = steps[None, None, :] - offset[:, 0, None, None]
    north = -steps[None, :, None] - offset[:, 1, None, None]
    square = (east * east + north * north) / (2.0 * sigma_m * sigma_m)
    return (-square).flatten(1).softmax(dim=1).unflatten(1, (len(steps), len(steps)))


def pose_volume_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """
    Return the cross-entropy of each pair.

    :param logits: of poses, the true heading first, (B, K, H, W).
    :param target: of positions at the true heading, (B, H, W).
    :return: (B,).
    """
    log_mass = logits.flatten(1).log_softmax(dim=1).unflatten(1, logits.shape[1:])
    return -(target * log_mass[:, 0]).sum(dim=(1, 2))
