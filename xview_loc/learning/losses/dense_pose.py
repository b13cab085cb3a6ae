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

"""The loss of CCVPE: location at pixels and at six scales, and the orientation field."""

from collections.abc import Sequence

import torch

from xview_loc.learning.losses.dense_localisation import (
    BOTTLENECK_WEIGHT, cell_info_nce, cell_labels, dense_cross_entropy)
from xview_loc.learning.losses.orientation_target import orientation_field_loss

ORIENTATION_WEIGHT = 10.0


def scale_losses(
        matches: Sequence[torch.Tensor], target: torch.Tensor,
        bins: torch.Tensor) -> torch.Tensor:
    """
    Return the contrastive loss over bins and cells of every scale.

    :param matches: cosines, coarsest scale first, (B, K, s, s) each.
    :param target: see :func:`.heat_map_target.heat_map_target`, (B, 1, H, W).
    :param bins: see :func:`.orientation_target.orientation_bins`, (B, K).
    :return: one value a scale.
    """
    return torch.stack([
        cell_info_nce(match, bins[:, :, None, None] * cell_labels(target, match.shape[-1]))
        for match in matches])


def ccvpe_loss(
        logits: torch.Tensor, field: torch.Tensor, matches: Sequence[torch.Tensor],
        target: torch.Tensor, bins: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    """
    Return the loss that CCVPE is trained with.

    :param logits: (B, 1, H, W).
    :param field: unit vectors, (B, 2, H, W).
    :param matches: see :func:`scale_losses`.
    :param target: see :func:`.heat_map_target.heat_map_target`, (B, 1, H, W).
    :param bins: see :func:`.orientation_target.orientation_bins`, (B, K).
    :param angle: of the truth [rad], (B,).
    """
    return (dense_cross_entropy(logits, target)
            + BOTTLENECK_WEIGHT * scale_losses(matches, target, bins).mean()
            + ORIENTATION_WEIGHT * orientation_field_loss(field, angle, target))
