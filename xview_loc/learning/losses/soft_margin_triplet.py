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

"""
The soft-margin triplet loss over all pairs of a batch (Hu et al., CVPR 2018, eq. 4).

Convention: row i of every (B, B) matrix is satellite i, column j is ground image j, and the
diagonal holds the true pairs. A term is ``log(1 + exp(gamma * (positive - distance)))``. The
loss is the mean of two directions: a ground image against all satellites, and the reverse.
"""

from typing import NamedTuple

import torch
from torch.nn import functional

from xview_loc.errors import LearningError

GAMMA = 10.0


class Terms(NamedTuple):
    """
    Soft-margin terms of all pairs, (B, B) each.

    :param ground_to_satellite: ground j against satellite i.
    :param satellite_to_ground: satellite i against ground j.
    """

    ground_to_satellite: torch.Tensor
    satellite_to_ground: torch.Tensor


def descriptor_distances(satellite: torch.Tensor, ground: torch.Tensor) -> torch.Tensor:
    """
    Return squared distances between unit descriptors, ``2 - 2 * cosine``.

    Mixed precision does not reach here: it would round cosines near 1 to steps of 1/256.

    :param satellite: (M, D).
    :param ground: (N, D).
    :return: (M, N).
    """
    with torch.autocast(satellite.device.type, enabled=False):
        return 2.0 - 2.0 * satellite @ ground.T


def triplet_terms(distances: torch.Tensor, gamma: float = GAMMA) -> Terms:
    """
    Return the terms of both directions; the diagonal of each is ln 2.

    :param distances: (B, B), see :func:`descriptor_distances`.
    :param gamma: slope of the margin.
    """
    if distances.dim() != 2 or distances.shape[0] != distances.shape[1] or len(distances) < 2:
        raise LearningError(
            f'distances of shape {tuple(distances.shape)}; a triplet loss needs a square matrix '
            'of two pairs or more.')
    positive = distances.diagonal()
    return Terms(functional.softplus(gamma * (positive[None, :] - distances)),
                 functional.softplus(gamma * (positive[:, None] - distances)))


def off_diagonal(distances: torch.Tensor) -> torch.Tensor:
    """Return the (B, B) mask of all pairs that do not belong together."""
    return ~torch.eye(len(distances), dtype=torch.bool, device=distances.device)


def soft_margin_triplet(
        distances: torch.Tensor, gamma: float = GAMMA, usable: torch.Tensor | None = None,
        weights: torch.Tensor | None = None, reference: bool = False) -> torch.Tensor:
    """
    Return the loss over all negatives of a batch, or over the usable ones.

    SAFA and OriCNN add the diagonal and the masked pairs to the sum, ln 2 for each, but not to
    the count: a constant that lifts the value and changes no gradient. ``reference=True`` does
    the same, to compare values; the default leaves them out. A batch without a usable pair has
    the loss 0.

    :param distances: (B, B), see :func:`descriptor_distances`.
    :param gamma: slope of the margin.
    :param usable: boolean (B, B), the pairs that count as negatives (the diagonal never does);
        ``None`` uses all.
    :param weights: (B, B), factor of each term, for instance
        :func:`.proximity_weight.proximity_weight`; ``None`` is 1.
    :param reference: see above.
    """
    mask = off_diagonal(distances)
    if usable is not None:
        mask = mask & usable
    count = mask.sum().clamp(min=1)
    total = distances.new_zeros(())
    for terms in triplet_terms(distances, gamma):
        if reference:
            terms = torch.where(mask, terms, torch.full_like(terms, 2.0).log())
        else:
            terms = torch.where(mask, terms, torch.zeros_like(terms))
        total = total + (terms if weights is None else terms * weights).sum()
    return total / (2 * count)


def far_apart(positions: torch.Tensor, metres: float = 25.0) -> torch.Tensor:
    """
    Return which pairs of a batch are at least a distance apart (CVACT: 25 m).

    :param positions: east and north of the pairs [m], (B, 2) in float64: float32 loses up to
        0.25 m of a UTM northing.
    :param metres: smallest distance of a negative.
    :return: boolean (B, B).
    """
    offsets = positions[:, None, :] - positions[None, :, :]
    return offsets.square().sum(dim=2) >= metres ** 2


def hardest_triplets(
        distances: torch.Tensor, share: float, gamma: float = GAMMA) -> torch.Tensor:
    """
    Return the mean over the largest terms of each direction's whole matrix (STN-SAFA).

    At least one term counts; the published code divides by zero where the share rounds down to
    none.

    :param distances: (B, B), see :func:`descriptor_distances`.
    :param share: of the B (B - 1) negatives that counts, rounded down; 1 is
        :func:`soft_margin_triplet`.
    :param gamma: slope of the margin.
    """
    if not 0.0 < share <= 1.0:
        raise LearningError(f'share is {share}; it must be above 0 and at most 1.')
    mask = off_diagonal(distances)
    count = max(1, int(share * len(distances) * (len(distances) - 1)))
    means = [terms[mask].topk(count).values.mean() for terms in triplet_terms(distances, gamma)]
    return torch.stack(means).mean()


def hardest_per_anchor(
        distances: torch.Tensor, count: int, gamma: float = GAMMA) -> torch.Tensor:
    """
    Return the mean over the largest terms of every anchor (OriCNN, off in its published runs).

    :param distances: (B, B), see :func:`descriptor_distances`.
    :param count: negatives of an anchor that count, at most B - 1.
    :param gamma: slope of the margin.
    """
    if not 0 < count < len(distances):
        raise LearningError(
            f'count is {count}; it must be from 1 to {len(distances) - 1}, the negatives of an '
            'anchor.')
    excluded = torch.eye(len(distances), dtype=torch.bool, device=distances.device)
    ground, satellite = (terms.masked_fill(excluded, -1.0)
                         for terms in triplet_terms(distances, gamma))
    return 0.5 * (ground.topk(count, dim=0).values.mean()
                  + satellite.topk(count, dim=1).values.mean())


def mined_share(epoch: int) -> float:
    """
    Return the share of negatives that STN-SAFA mines in an epoch.

    :param epoch: counted from 0.
    """
    for last, share in ((20, 1.0), (40, 0.1), (60, 0.05)):
        if epoch <= last:
            return share
    return 0.01
