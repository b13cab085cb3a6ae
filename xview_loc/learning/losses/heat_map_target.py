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

"""The Gaussian heat maps that dense networks are trained to reproduce."""

from enum import Enum, unique

import torch

from xview_loc.errors import LearningError

SIGMA_PX = 4.0
# 20 m at zoom 18, scale 2, on latitude 49.015 degrees
KITTI_PX = 20.0 / 0.1958285


@unique
class Quantisation(Enum):
    """What a published loader does to a label before it draws the heat map."""

    NONE = 'none'
    TRUNCATE = 'truncate'
    ROUND = 'round'


def heat_map_target(
        offsets: torch.Tensor, size: int = 512, sigma: float = SIGMA_PX,
        reference: bool = False) -> torch.Tensor:
    """
    Draw a Gaussian of peak 1 around every true position.

    Convention: pixel (row, column) has its centre at (row + 0.5, column + 0.5) and the middle of
    the tile is size / 2. The published code measures distances on an axis that stretches ``size``
    samples over ``size`` units instead, a quarter of a pixel from this on average and half a pixel
    at the borders; ``reference=True`` does the same.

    :param offsets: of the camera from the middle, rows down and columns right [px], (B, 2).
    :param size: side of the tile [px].
    :param sigma: standard deviation [px].
    :param reference: see above.
    :return: (B, 1, size, size).
    """
    if offsets.dim() != 2 or offsets.shape[1] != 2:
        raise LearningError(f'offsets of shape {tuple(offsets.shape)}; they must be (B, 2).')
    axis = torch.arange(size, dtype=offsets.dtype, device=offsets.device)
    axis = axis * (size / (size - 1)) if reference else axis + 0.5
    distance = axis[None, None, :] - (offsets + size / 2)[:, :, None]
    bells = torch.exp(-distance.square() / (2 * sigma ** 2))
    return (bells[:, 0, :, None] * bells[:, 1, None, :])[:, None]


def vigor_offsets(
        labels: torch.Tensor, size: int = 512,
        quantisation: Quantisation = Quantisation.NONE) -> torch.Tensor:
    """
    Turn VIGOR's labels into offsets for :func:`heat_map_target`.

    A label is positive where the camera is south and west of the middle of a 640 px tile.

    :param labels: (B, 2) in pixels of the 640 px tile.
    :param size: side of the tile that the network sees [px].
    :param quantisation: CVML truncates and CCVPE rounds to whole pixels; the default is exact.
    :return: rows down and columns right [px], (B, 2).
    """
    scaled = labels * (size / 640.0)
    if quantisation is Quantisation.TRUNCATE:
        scaled = scaled.trunc()
    elif quantisation is Quantisation.ROUND:
        scaled = scaled.round()
    return scaled * scaled.new_tensor([1.0, -1.0])


def kitti_offsets(
        noise: torch.Tensor, rotation_range: float, radius_px: float = KITTI_PX,
        reference: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """
    Return where the camera is in a tile that was moved and turned at random.

    The tile is turned so that the vehicle heads right, moved, and turned again, see CCVPE and
    HighlyAccurate. The published test lists hold the first two columns with the other sign.

    :param noise: forward, left and turn, each from -1 to 1, (B, 3).
    :param rotation_range: that the turn is a part of [rad].
    :param radius_px: that forward and left are parts of: 20 m [px].
    :param reference: truncate to whole pixels as the published code does.
    :return: rows down and columns right [px], (B, 2), and the headings clockwise from the top of
        the tile [rad], (B,).
    """
    forward, left = noise[:, 0] * radius_px, noise[:, 1] * radius_px
    turn = noise[:, 2] * rotation_range
    offsets = torch.stack([
        left * turn.cos() + forward * turn.sin(),
        left * turn.sin() - forward * turn.cos()], dim=1)
    return (offsets.trunc() if reference else offsets), torch.pi / 2 - turn
