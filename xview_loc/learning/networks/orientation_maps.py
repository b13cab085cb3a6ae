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
The two extra input channels of OriCNN: where each pixel looks.

Both maps have the shape (2, H, W) and lie in [-1, 1]. Channel 0 is the azimuth over pi: 0 north,
positive clockwise to +1 at south. Channel 1 is the angle below the horizon over pi on the ground,
and twice the range minus 1 from above.
"""

import math

import torch

from xview_loc.errors import ConfigurationError


def ground_orientation(
        height: int, width: int, horizontal_fov: float = 2 * math.pi,
        dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """
    Return the map of a panorama whose centre column looks north.

    Pixels are square in angle. As in the published file, the first and the last column of a full
    turn hold -1 and +1, the same direction twice.

    :param height: rows; the middle one is the horizon.
    :param width: columns.
    :param horizontal_fov: angle from the first to the last column [rad].
    :param dtype: of the result.
    :return: (2, height, width); channel 1 is negative above the horizon.
    """
    if height < 1 or width < 2:
        raise ConfigurationError(
            f'a ground orientation map of {height}x{width}; it needs at least 1x2 pixels.')
    step = horizontal_fov / math.pi / (width - 1)
    azimuth = step * (torch.arange(width, dtype=torch.float64) - (width - 1) / 2)
    altitude = step * (torch.arange(height, dtype=torch.float64) - (height - 1) / 2)
    rows, columns = torch.meshgrid(altitude, azimuth, indexing='ij')
    return torch.stack([columns, rows]).to(dtype)


def aerial_orientation(size: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """
    Return the map of a north-up square tile seen from its centre.

    What the published file holds outside the inscribed circle is not known; here the range stays
    1 and the azimuth goes on.

    :param size: side of the tile [px].
    :param dtype: of the result.
    :return: (2, size, size); channel 1 is -1 at the centre and +1 on the inscribed circle.
    """
    if size < 2:
        raise ConfigurationError(
            f'an aerial orientation map of side {size}; it must be 2 or more.')
    offset = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    south, east = torch.meshgrid(offset, offset, indexing='ij')
    distance = torch.hypot(east, south) / (size / 2)
    azimuth = torch.atan2(east, -south) / math.pi
    return torch.stack([azimuth, 2 * distance.clamp(max=1.0) - 1]).to(dtype)


def resized_aerial_orientation(
        raw_size: int, size: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """
    Return the aerial map as the reference makes it: area-resized from the raw tile's map.

    With an odd side (as after a random centre crop) cells straddle the seam south of the centre,
    and -1 and +1 average to directions that are not there; with the even sides of the published
    tiles none does. :func:`aerial_orientation` at the final size never has that defect.

    :param raw_size: side of the raw tile [px], at least ``size``.
    :param size: side of the result [px].
    :param dtype: of the result.
    """
    if raw_size < size:
        raise ConfigurationError(
            f'an aerial map of side {raw_size} cannot be shrunk to {size}; the raw side must be '
            'at least as large.')
    weights = _area_weights(raw_size, size)
    raw = aerial_orientation(raw_size, torch.float64)
    return (weights @ raw @ weights.T).to(dtype)


def _area_weights(raw_size: int, size: int) -> torch.Tensor:
    """Return the (size, raw_size) shares of raw cells in each resized cell; rows sum to 1."""
    scale = raw_size / size
    start = scale * torch.arange(size, dtype=torch.float64)[:, None]
    cell = torch.arange(raw_size, dtype=torch.float64)[None, :]
    overlap = torch.minimum(start + scale, cell + 1) - torch.maximum(start, cell)
    return overlap.clamp(min=0.0) / scale


def turned(orientation: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
    """
    Turn a ground map to cameras whose centre column looks elsewhere than north.

    :param orientation: (2, H, W), of :func:`ground_orientation`.
    :param heading: of each centre column, clockwise from north [rad], (B,).
    :return: (B, 2, H, W) with the azimuth wrapped to [-1, 1].
    """
    shift = heading / math.pi
    shift = (shift - 2 * torch.round(shift / 2)).view(-1, 1, 1)
    azimuth = orientation[0] + shift
    azimuth = torch.where(azimuth > 1, azimuth - 2, azimuth)
    azimuth = torch.where(azimuth < -1, azimuth + 2, azimuth)
    return torch.stack([azimuth, orientation[1].expand_as(azimuth)], dim=1)


def with_orientation(colours: torch.Tensor, orientation: torch.Tensor) -> torch.Tensor:
    """
    Append orientation channels to colours.

    :param colours: (B, 3, H, W).
    :param orientation: (2, H, W) for all, or (B, 2, H, W).
    :return: (B, 5, H, W).
    """
    if orientation.shape[-2:] != colours.shape[-2:]:
        raise ConfigurationError(
            f'an orientation map of {tuple(orientation.shape[-2:])} for images of '
            f'{tuple(colours.shape[-2:])}; both must have the same size.')
    if orientation.dim() == 3:
        orientation = orientation.expand(colours.shape[0], -1, -1, -1)
    return torch.cat([colours, orientation.to(colours.dtype)], dim=1)
