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

"""How much a negative counts, by how near it is to the truth."""

import torch

from xview_loc.errors import LearningError


def proximity_weight(
        distance: torch.Tensor, sigma: float, distance_power: int = 1) -> torch.Tensor:
    """
    Return ``1 - exp(-x^2 / (2 sigma^2))`` with x the distance, or its square.

    Negatives next to the true place look like it, and confusing them costs little. The workshop
    code of geo-local SAFA (CVACT, sigma 25) feeds squared metres where metres are meant, so that
    the weight reaches one half at 5.4 m instead of 29 m: ``distance_power=2`` does the same. The
    journal code (RobotCar, sigma 10) feeds metres.

    :param distance: of any shape [m].
    :param sigma: in the unit of x.
    :param distance_power: 1, or 2 for parity with the workshop code.
    """
    if distance_power not in (1, 2) or not sigma > 0.0:
        raise LearningError(
            f'distance_power is {distance_power} and sigma is {sigma}; distance_power must be 1 '
            'or 2, sigma positive.')
    return -torch.expm1(-distance.pow(2 * distance_power) / (2.0 * sigma ** 2))


def pose_proximity_weight(
        distance: torch.Tensor, heading_difference: torch.Tensor, sigma: float,
        heading_sigma: float) -> torch.Tensor:
    """
    Return ``1 - exp(-d^2 / (2 sigma^2) - a^2 / (2 heading_sigma^2))``.

    The same for negatives that differ in heading: only what is near in place *and* heading is
    weighed down. None of the published methods does this; with equal headings it is
    :func:`proximity_weight`.

    :param distance: of any shape [m].
    :param heading_difference: of the same shape [rad], any number of turns.
    :param sigma: [m].
    :param heading_sigma: [rad].
    """
    if not (sigma > 0.0 and heading_sigma > 0.0):
        raise LearningError(
            f'sigma is {sigma} and heading_sigma is {heading_sigma}; both must be positive.')
    angle = torch.atan2(torch.sin(heading_difference), torch.cos(heading_difference))
    exponent = (distance / sigma).square() + (angle / heading_sigma).square()
    return -torch.expm1(-exponent / 2.0)
