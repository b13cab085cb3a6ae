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

"""How a true heading is written as a share of CCVPE's bins and as a field of vectors."""

from enum import Enum, unique

import torch

from xview_loc.errors import LearningError


@unique
class RingDirection(Enum):
    """Whether bins grow with the angle (RobotCar) or against it (VIGOR, KITTI)."""

    WITH_ANGLE = 'with_angle'
    AGAINST_ANGLE = 'against_angle'


def orientation_bins(
        angle: torch.Tensor, bins: int = 20,
        direction: RingDirection = RingDirection.AGAINST_ANGLE) -> torch.Tensor:
    """
    Split every angle linearly between the two bins next to it.

    :param angle: as the data set labels it [rad], any full turn, (B,).
    :param bins: number of bins of a full turn; bin 0 is at angle 0.
    :param direction: of growing bins.
    :return: (B, bins), rows of sum 1.
    """
    if angle.dim() != 1 or bins < 2:
        raise LearningError(
            f'angles of shape {tuple(angle.shape)} and {bins} bins; it must be (B,) and at least '
            '2 bins.')
    position = angle * (bins / (2 * torch.pi))
    if direction is RingDirection.AGAINST_ANGLE:
        position = -position
    lower = position.floor()
    part = position - lower
    index = torch.stack([lower, lower + 1], dim=1).to(torch.int64) % bins
    return angle.new_zeros(len(angle), bins).scatter_add(
        1, index, torch.stack([1 - part, part], dim=1))


def orientation_field_loss(
        field: torch.Tensor, angle: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """
    Return the squared error of the vectors, weighted by the heat map, mean over the batch.

    The heat map is not normalised: its sum is about 100 for sigma 4, so that the loss of a field
    of opposite vectors is about 400.

    :param field: unit vectors, (B, 2, H, W).
    :param angle: of the truth [rad], (B,).
    :param target: see :func:`.heat_map_target.heat_map_target`, (B, 1, H, W).
    """
    truth = torch.stack([angle.cos(), angle.sin()], dim=1)[:, :, None, None]
    return ((field - truth).square() * target).sum() / len(field)
