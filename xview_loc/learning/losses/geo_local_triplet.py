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
Soft-margin triplet loss for a vehicle that knows roughly where it is (Xia et al., RA-L 2021).

Only negatives inside the prior circle count, and those next to the true place count little.
"""

from dataclasses import dataclass

import torch

from xview_loc.errors import LearningError
from xview_loc.learning.losses.proximity_weight import proximity_weight
from xview_loc.learning.losses.soft_margin_triplet import GAMMA, off_diagonal, triplet_terms


@dataclass(frozen=True)
class GeoLocalConfig:
    """
    Which negatives count, and how much; the defaults are those of RobotCar (journal).

    :param radius_m: of the prior circle; infinite for the global comparison of the workshop.
    :param minimum_m: nearer tiles are positives, not negatives.
    :param sigma: width of :func:`.proximity_weight.proximity_weight`.
    :param distance_power: 2 weighs squared metres, the slip of the workshop code; 1 is corrected.
    :param gamma: slope of the margin.
    """

    radius_m: float = 50.0
    minimum_m: float = 5.0
    sigma: float = 10.0
    distance_power: int = 1
    gamma: float = GAMMA

    def __post_init__(self) -> None:
        """Refuse an empty ring of negatives; the weight checks its own parameters."""
        if not 0.0 <= self.minimum_m < self.radius_m:
            raise LearningError(
                f'minimum_m is {self.minimum_m} and radius_m is {self.radius_m}; minimum_m must '
                'be at least 0 and below radius_m.')

    @classmethod
    def robotcar(cls) -> 'GeoLocalConfig':
        """Return the settings of the journal's RobotCar experiments."""
        return cls()

    @classmethod
    def cvact(cls, reference: bool = False) -> 'GeoLocalConfig':
        """
        Return the settings of the workshop's CVACT experiments.

        :param reference: weigh squared metres as the published notebook does.
        """
        return cls(radius_m=100.0, minimum_m=0.0, sigma=25.0, distance_power=2 if reference else 1)


def geo_local_triplet(
        distances: torch.Tensor, satellite_positions: torch.Tensor,
        ground_positions: torch.Tensor, config: GeoLocalConfig,
        without_ground: torch.Tensor | None = None) -> torch.Tensor:
    """
    Return the loss of a batch.

    :param distances: of descriptors, (B, B), row satellite, column ground.
    :param satellite_positions: east and north of the tiles in the batch [m], (B, 2) in float64.
    :param ground_positions: of the ground images, the same where tiles are centred on them.
    :param config: which negatives count.
    :param without_ground: boolean (B,), members whose ground image must not be used; their tiles
        stay negatives for the ground images of others.
    """
    apart = torch.cdist(
        satellite_positions.double(), ground_positions.double(),
        compute_mode='donot_use_mm_for_euclid_dist')
    usable = (off_diagonal(distances) & (apart >= config.minimum_m)
              & (apart <= config.radius_m))
    masks = [usable, usable]
    if without_ground is not None:
        masks = [usable & ~without_ground[None, :],
                 usable & ~without_ground[None, :] & ~without_ground[:, None]]
    weights = proximity_weight(apart, config.sigma, config.distance_power).to(distances)
    losses = []
    for terms, mask in zip(triplet_terms(distances, config.gamma), masks):
        kept = torch.where(mask, weights * terms, torch.zeros_like(terms))
        losses.append(kept.sum() / (mask.to(kept.dtype).sum() + 0.001))
    return torch.stack(losses).mean()
