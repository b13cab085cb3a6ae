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

"""Losses of networks that score every pixel of a tile (CVML, CCVPE)."""

import torch
from torch.nn import functional

from xview_loc.errors import LearningError
from xview_loc.learning.losses.process_mean import process_mean

TEMPERATURE = 0.1
POSITIVE_LABEL = 1e-2
BOTTLENECK_WEIGHT = 1e4


def dense_cross_entropy(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """
    Return the mean cross-entropy of the pixels' softmax and the normalised target.

    :param logits: (B, 1, H, W).
    :param target: not negative, (B, 1, H, W); each of a sum above 0.
    """
    if logits.shape != target.shape:
        raise LearningError(
            f'logits of shape {tuple(logits.shape)} and a target of {tuple(target.shape)}; they '
            'must be the same.')
    total = target.flatten(1).sum(dim=1, keepdim=True)
    if not bool((total > 0.0).all()):
        raise LearningError(
            'a target is empty; leave out samples whose camera lies outside the tile.')
    logarithms = logits.flatten(1).log_softmax(dim=1)
    return -(target.flatten(1) / total * logarithms).sum(dim=1).mean()


def cell_labels(target: torch.Tensor, cells: int) -> torch.Tensor:
    """
    Return the largest target within each cell.

    :param target: (B, K, H, W).
    :param cells: along a side; H and W must be multiples of it.
    :return: (B, K, cells, cells).
    """
    side = target.shape[-1] // cells
    if side * cells != target.shape[-1] or target.shape[-2] != target.shape[-1]:
        raise LearningError(
            f'a target of {target.shape[-2]}x{target.shape[-1]} cannot be cut into '
            f'{cells}x{cells} cells.')
    return functional.max_pool2d(target, side)


def cell_info_nce(
        scores: torch.Tensor, labels: torch.Tensor,
        temperature: float = TEMPERATURE) -> torch.Tensor:
    """
    Return the contrastive loss of the cells: all but the true ones are negatives.

    Cells whose label is above 0.01 are positives, weighted by their label; both sums of the
    weighted mean run over the whole batch, of all processes.

    :param scores: cosines of all hypotheses, (B, K, h, w).
    :param labels: 0 to 1, the same shape, see :func:`cell_labels`.
    :param temperature: that the scores are divided by.
    """
    if scores.shape != labels.shape:
        raise LearningError(
            f'scores of shape {tuple(scores.shape)} and labels of {tuple(labels.shape)}; they '
            'must be the same.')
    weights = torch.where(labels > POSITIVE_LABEL, labels, torch.zeros_like(labels)).flatten(1)
    total = process_mean(weights.sum())
    if not bool(total > 0.0):
        raise LearningError('no cell of the batch is a positive; no camera lies in its tile.')
    return -(weights * (scores.flatten(1) / temperature).log_softmax(dim=1)).sum() / total


def cvml_loss(
        logits: torch.Tensor, cell_scores: torch.Tensor, target: torch.Tensor,
        bottleneck_weight: float = BOTTLENECK_WEIGHT) -> torch.Tensor:
    """
    Return the loss that CVML is trained with.

    :param logits: (B, 1, H, W).
    :param cell_scores: (B, 1, h, w).
    :param target: see :func:`.heat_map_target.heat_map_target`, (B, 1, H, W).
    :param bottleneck_weight: of the contrastive loss.
    """
    labels = cell_labels(target, cell_scores.shape[-1])
    return (dense_cross_entropy(logits, target)
            + bottleneck_weight * cell_info_nce(cell_scores, labels))
