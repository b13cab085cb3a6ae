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


"""Images that graphs are exported and compared with."""

from __future__ import annotations

from enum import Enum, unique

import torch


@unique
class ExampleImages(Enum):
    """What the images show: noise, or smooth shapes and edges as photographs have them."""

    NOISE = 'noise'
    STRUCTURE = 'structure'

    def __call__(self, batch: int, rows: int, columns: int) -> torch.Tensor:
        """
        Return images that differ within a batch and are the same in every call.

        :return: uint8 (batch, rows, columns, 3).
        """
        if self is ExampleImages.NOISE:
            generator = torch.Generator().manual_seed(batch + rows + columns)
            return torch.randint(
                0, 256, (batch, rows, columns, 3), dtype=torch.uint8, generator=generator)
        return structure(batch, rows, columns)


def structure(batch: int, rows: int, columns: int) -> torch.Tensor:
    """
    Return a ramp, stripes and a disc, one in each colour and other ones in each image.

    :return: uint8 (batch, rows, columns, 3).
    """
    index, row, column = torch.meshgrid(
        torch.arange(float(batch)), torch.arange(rows) / rows, torch.arange(columns) / columns,
        indexing='ij')
    ramp = (0.3 * index + row + 0.7 * column) % 1.0
    stripes = ((column * (6 + 2 * index) + row).floor() % 2) * 0.8 + 0.1
    away = (row - 0.4).square() + (column - 0.25 * (1 + index % 3)).square()
    disc = torch.where(away < 0.04, 0.9, 0.2 + 0.3 * row)
    return (255 * torch.stack([ramp, stripes, disc], dim=-1)).to(torch.uint8)
