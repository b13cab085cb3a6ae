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

"""Masked normalised correlation of views with maps, with gradients."""

from __future__ import annotations

import math

import torch

from xview_loc.errors import LearningError

# As in the matcher, :mod:`xview_loc.matching.correlation`.
ENERGY_FLOOR = 1e-3
LEAST_ENERGY = 1e-12


def turned_views(
        channels: torch.Tensor, weight: torch.Tensor, yaws: torch.Tensor,
        pairs: int) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Turn views, which look up, to the north-up frame of the map.

    Cubic sampling as in :class:`xview_loc.matching.pose_correlator.PoseCorrelator`; OpenCV rounds
    coordinates to 1/32 of a cell there, so that scores differ by up to 3e-3.

    :param channels: of the views, rows backwards, columns to the right, the vehicle in the middle;
        the leading pairs are (cos 2p, sin 2p) and turn with the view, (B, C, n, n).
    :param weight: of the cells, (B, n, n).
    :param yaws: of ``base_link`` against the map [rad], (B, K).
    :param pairs: number of leading channel pairs.
    :return: channels (B, K, C, n, n) and weights, not negative, (B, K, n, n).
    """
    count, poses = yaws.shape
    cosine, sine = yaws.cos().flatten(), yaws.sin().flatten()
    zero = torch.zeros_like(sine)
    matrix = torch.stack([torch.stack([sine, cosine, zero], dim=1),
                          torch.stack([-cosine, sine, zero], dim=1)], dim=1)
    planes = torch.cat([channels, weight[:, None]], dim=1)
    planes = planes[:, None].expand(-1, poses, -1, -1, -1).flatten(0, 1)
    grid = torch.nn.functional.affine_grid(matrix, list(planes.shape), align_corners=False)
    turned = torch.nn.functional.grid_sample(
        planes, grid, mode='bicubic', padding_mode='zeros', align_corners=False)
    double = 2.0 * yaws.flatten() - math.pi
    cosine, sine = double.cos()[:, None, None], double.sin()[:, None, None]
    found = list(turned.unbind(dim=1))
    for first in range(0, 2 * pairs, 2):
        along, across = found[first], found[first + 1]
        found[first] = cosine * along - sine * across
        found[first + 1] = sine * along + cosine * across
    shape = (count, poses)
    return (torch.stack(found[:-1], dim=1).unflatten(0, shape),
            found[-1].clamp_min(0.0).unflatten(0, shape))


def masked_correlation(
        channels: torch.Tensor, weight: torch.Tensor, satellite: torch.Tensor,
        radius: int) -> torch.Tensor:
    """
    Correlate turned views with a map at all offsets.

    ``s(d) = sum w fg.fs(x+d) / sqrt(sum w |fg|^2  sum w |fs(x+d)|^2)``, the energy of the map held
    at 1e-3 of its maximum at least: :meth:`xview_loc.matching.correlation.SatelliteSpectra.score`
    with gradients.

    :param channels: (B, K, C, n, n).
    :param weight: (B, K, n, n).
    :param satellite: channels of the map, zero where there is no imagery, (B, C, H, W).
    :param radius: half of the largest offset [cells].
    :return: (B, K, 2 radius + 1, 2 radius + 1) in [-1, 1]; element (i, j) has the first cell of
        the view on cell (i, j) of the map.
    :raises LearningError: when the offsets would wrap around.
    """
    size, shape = channels.shape[-1], satellite.shape[-2:]
    if size + 2 * radius > min(shape):
        raise LearningError(
            f'A view of {size} cells and a radius of {radius} need {size + 2 * radius} cells of '
            f'map; there are {shape[0]} x {shape[1]}.')
    side = 2 * radius + 1
    weighted = channels * weight[:, :, None]
    own_energy = (weighted * channels).sum(dim=(2, 3, 4))
    of_map = torch.fft.rfft2(satellite)[:, None]
    product = (torch.fft.rfft2(weighted, s=shape).conj() * of_map).sum(dim=2)
    of_energy = torch.fft.rfft2(satellite.square().sum(dim=1))[:, None]
    energy = torch.fft.rfft2(weight, s=shape).conj() * of_energy
    matched = torch.fft.irfft2(product, s=shape)[..., :side, :side]
    map_energy = torch.fft.irfft2(energy, s=shape)[..., :side, :side]
    most = map_energy.detach().amax(dim=(2, 3), keepdim=True).clamp_min(LEAST_ENERGY)
    map_energy = torch.maximum(map_energy, ENERGY_FLOOR * most)
    own_energy = own_energy.clamp_min(LEAST_ENERGY)[..., None, None]
    return matched / (own_energy * map_energy).sqrt()
