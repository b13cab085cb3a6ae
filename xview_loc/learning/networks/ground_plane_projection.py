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

"""Features of a forward camera, laid on the ground around it (CVLNet's view projection)."""

import torch
from torch import nn
from torch.nn import functional

from xview_loc.errors import ConfigurationError

# The image size by which the published code scales the calibration of every date, rows first.
REFERENCE_RAW_SHAPE = (375, 1242)
NEAREST_M = 1e-6


def scaled_intrinsics(
        intrinsics: torch.Tensor, raw_shape: tuple[int, int],
        shape: tuple[int, int] = (256, 1024)) -> torch.Tensor:
    """
    Return the intrinsics after an image was resized; ``REFERENCE_RAW_SHAPE`` is for parity.

    :param intrinsics: fx, fy, cx, cy of the image as recorded [px], (..., 4); left unchanged.
    :param raw_shape: its rows and columns.
    :param shape: rows and columns after resizing.
    """
    rows, columns = shape[0] / raw_shape[0], shape[1] / raw_shape[1]
    return intrinsics * intrinsics.new_tensor([columns, rows, columns, rows])


class GroundPlaneProjection(nn.Module):
    """
    Sample image features at the cells of a north-up grid centred on the newest camera.

    The ground is a horizontal plane and the camera looks along it; roll and pitch are ignored.
    Cell (row, column) stands for its middle, (column + 0.5 - size / 2) cells east and
    (row + 0.5 - size / 2) south of the newest camera, as the cells of a satellite map do; the
    published code leaves out the halves, which moves what it finds by half a cell, 1.57 m, north
    and west. Cells that a camera does not see are 0.

    :param size: cells along a side.
    :param cell_m: side of a cell [m].
    :param camera_height_m: above the ground.
    :param stride: pixels of the image along a side of a feature.
    :param reference: let cells stand for their north-western corner as the published code does.
    """

    south: torch.Tensor
    east: torch.Tensor

    def __init__(
            self, size: int, cell_m: float, camera_height_m: float = 1.65,
            stride: int = 16, reference: bool = False) -> None:
        super().__init__()
        if size < 1 or not cell_m > 0.0 or not camera_height_m > 0.0:
            raise ConfigurationError(
                f'a grid of {size} cells of {cell_m} m under a camera {camera_height_m} m high; '
                'all must be positive.')
        self.height = camera_height_m
        self.stride = stride
        middle = 0.0 if reference else 0.5
        offset = (torch.arange(size, dtype=torch.float64) + middle - size // 2) * cell_m
        south, east = torch.meshgrid(offset, offset, indexing='ij')
        self.register_buffer('south', south.to(torch.float32), persistent=False)
        self.register_buffer('east', east.to(torch.float32), persistent=False)

    def coordinates(self, intrinsics: torch.Tensor, motion: torch.Tensor) -> torch.Tensor:
        """
        Return where the cells are seen.

        :param intrinsics: fx, fy, cx, cy of the images that enter the network [px], (B, 4).
        :param motion: east and north of the camera relative to the newest one [m], and its yaw,
            counter-clockwise from east [rad], (B, 3).
        :return: column, row (pixel edges, in features) and depth [m], (B, size, size, 3).
        """
        east, north, yaw = (value[:, None, None] for value in motion.unbind(1))
        fx, fy, cx, cy = (value[:, None, None] / self.stride for value in intrinsics.unbind(1))
        south = self.south + north
        east = self.east - east
        right = yaw.cos() * south + yaw.sin() * east
        depth = yaw.cos() * east - yaw.sin() * south
        divisor = depth.clamp(min=NEAREST_M)
        column = (fx * right + cx * depth) / divisor
        row = (fy * self.height + cy * depth) / divisor
        return torch.stack([column, row, depth], dim=3)

    def forward(
            self, features: torch.Tensor, intrinsics: torch.Tensor,
            motion: torch.Tensor) -> torch.Tensor:
        """
        Lay features on the ground.

        :param features: (B, C, h, w).
        :param intrinsics: see :meth:`coordinates`, (B, 4).
        :param motion: see :meth:`coordinates`, (B, 3).
        :return: (B, C, size, size).
        """
        column, row, depth = self.coordinates(intrinsics, motion).unbind(3)
        height, width = features.shape[2:]
        grid = torch.stack([2 * column / width - 1, 2 * row / height - 1], dim=3)
        # beyond 4 nothing is seen, and far values would overflow some samplers
        grid = torch.where(depth[..., None] > NEAREST_M, grid.clamp(-4, 4), 4.0)
        return functional.grid_sample(
            features, grid, mode='bilinear', padding_mode='zeros', align_corners=False)
