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

"""The loss of CVLNet: a triplet over the best displacement of every pair."""

import torch

from xview_loc.learning.losses.soft_margin_triplet import soft_margin_triplet

WEIGHT = 10.0


def cvlnet_loss(scores: torch.Tensor, reference: bool = False) -> torch.Tensor:
    """
    Return the loss; displacements are not supervised, the best one of a pair is its score.

    Members of the batch must be too far apart to share a displacement, see
    :attr:`.cvlnet.CvlnetConfig.smallest_spacing_m`.

    :param scores: of all displacements, row satellite, column ground, (B, B, s, s).
    :param reference: add ln 2 for every true pair as the published code does.
    """
    distances = 2.0 - 2.0 * scores.flatten(2).amax(dim=2)
    return WEIGHT * soft_margin_triplet(distances, reference=reference)
