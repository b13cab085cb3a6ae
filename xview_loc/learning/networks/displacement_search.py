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

"""Slide a ground map over satellite maps, with a learned prior of the place (CVLNet)."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError
from xview_loc.learning.networks.unit_length import unit_length

FLOOR = 1e-12
PUBLISHED_CELLS = 32


class PlaceUncertainty(nn.Sequential):
    """
    How implausible a camera is at each displacement, from satellite features alone.

    The published layers shrink 32 cells to the 7 displacements; a smaller map is padded more.

    :param channels: of the features.
    :param radius: largest displacement [cells]; the layers are made for 3.
    :param cells: of the map along a side, even and at most 32.
    """

    def __init__(self, channels: int = 4, radius: int = 3, cells: int = PUBLISHED_CELLS) -> None:
        if radius != 3:
            raise ConfigurationError(f'radius is {radius}; the published layers are made for 3.')
        if cells % 2 or not 2 * radius < cells <= PUBLISHED_CELLS:
            raise ConfigurationError(
                f'a map of {cells} cells; the published layers take an even number from '
                f'{2 * radius + 2} to {PUBLISHED_CELLS}.')
        layers: list[nn.Module] = [nn.ZeroPad2d(radius + (PUBLISHED_CELLS - cells) // 2)]
        for _ in range(7):
            layers += [nn.ReLU(), nn.Conv2d(channels, channels, 5)]
        super().__init__(*layers, nn.ReLU(), nn.Conv2d(channels, 1, 4), nn.Sigmoid())


class DisplacementSearch(nn.Module):
    """
    Normalised correlation at all displacements, of all satellite and all ground maps.

    :param radius: largest displacement [cells].
    """

    def __init__(self, radius: int = 3) -> None:
        super().__init__()
        self.radius = radius

    def forward(
            self, satellite: torch.Tensor, uncertainty: torch.Tensor,
            ground: torch.Tensor) -> torch.Tensor:
        """
        Return the scores; with uncertainties below 1 they may exceed 1.

        :param satellite: (M, C, h, w).
        :param uncertainty: (M, 1, 2 radius + 1, 2 radius + 1).
        :param ground: (N, C, h, w).
        :return: (M, N, 2 radius + 1, 2 radius + 1).
        """
        height, width = satellite.shape[2:]
        side = 2 * self.radius + 1
        padded = functional.pad(satellite, (self.radius,) * 4)
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)
        windows = windows.permute(0, 2, 3, 1, 4, 5).flatten(1, 2).flatten(2)
        correlation = windows @ unit_length(ground.flatten(1), floor=FLOOR).T
        energy = windows.square().sum(dim=2, keepdim=True).sqrt()
        scores = correlation / (energy * uncertainty.flatten(1)[:, :, None]).clamp(min=FLOOR)
        return scores.transpose(1, 2).unflatten(2, (side, side))


class Displacement(NamedTuple):
    """
    The best displacement of a ground map in a satellite map.

    :param score: there, (M, N).
    :param north: of the camera from the centre of the tile [m], (M, N).
    :param east: of the camera from the centre of the tile [m], (M, N).
    """

    score: torch.Tensor
    north: torch.Tensor
    east: torch.Tensor


def best_displacement(
        scores: torch.Tensor, cells: int, cell_m: float, reference: bool = False) -> Displacement:
    """
    Read the best displacement.

    The published code counts from half a side, 3.5, not from the middle index 3, and takes cells
    of the padded map: a centred match is read as 1.32 m north and 1.32 m west. The default is
    corrected.

    :param scores: (M, N, s, s), s odd.
    :param cells: of a satellite map along a side, without padding.
    :param cell_m: side of a cell [m].
    :param reference: read as the published code does.
    """
    side = scores.shape[-1]
    best = scores.flatten(2).max(dim=2)
    row, column = best.indices // side, best.indices % side
    middle = side // 2
    if reference:
        scale = cell_m * cells / (cells + 2 * middle)
        return Displacement(
            best.values, (side / 2 - row) * scale, (column - side / 2) * scale)
    return Displacement(best.values, (middle - row) * cell_m, (column - middle) * cell_m)
