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

"""Find the heading of a panorama with a network that knows none: try all of them in one batch."""

from typing import NamedTuple

import torch

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.image_input import planes


class SweepResult(NamedTuple):
    """
    The rotation with the highest peak.

    :param logits: of that rotation, (1, H, W).
    :param yaw: of the unturned panorama's centre column relative to the heading that the network
        was trained on, counter-clockwise [rad], scalar.
    """

    logits: torch.Tensor
    yaw: torch.Tensor


def turned_panoramas(panorama: torch.Tensor, count: int) -> torch.Tensor:
    """
    Return a panorama turned by all multiples of a full turn over ``count``.

    Turn k rolls the columns right by the nearest whole number of columns to k W / count: the
    view then centres on what was k 360 / count degrees counter-clockwise of the centre.

    :param panorama: uint8 (1, H, W, 3) or floating point (1, 3, H, W) of a full turn.
    :param count: number of headings.
    :return: floating point (count, 3, H, W).
    """
    if count < 1:
        raise ConfigurationError(f'count is {count}; at least one heading must be tried.')
    image = planes(panorama)
    width = image.shape[3]
    shift = torch.round(torch.arange(count) * width / count).to(torch.int64)
    column = (torch.arange(width)[None, :] - shift[:, None]) % width
    return image[0][:, :, column.to(image.device)].permute(2, 0, 1, 3)


def best_turn(logits: torch.Tensor) -> SweepResult:
    """
    Return the turn whose distribution has the highest peak probability.

    :param logits: of the images of :func:`turned_panoramas`, (count, 1, H, W).
    """
    peak = logits.flatten(1).log_softmax(dim=1).amax(dim=1)
    best = peak.argmax()
    return SweepResult(logits[best], -2 * torch.pi * best / len(logits))
