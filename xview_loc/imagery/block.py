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

"""A decoded piece of an imagery source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.errors import ImageryError


class BrokenTileError(ImageryError):
    """A tile or raster block is there but cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Block:
    """
    The pixels of one tile or raster block.

    :param image: ``(h, w, 3)`` uint8 RGB, row 0 in the north of the source's own grid.
    :param valid: ``(h, w)`` bool, or ``None`` where every pixel carries imagery.
    """

    image: np.ndarray
    valid: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Return the memory held by the pixels [bytes]."""
        return self.image.nbytes + (0 if self.valid is None else self.valid.nbytes)


def halve(block: Block) -> Block:
    """
    Average 2 x 2 pixels into one: the overview of a block.

    A pixel of the result is valid only where all four of its parts are.

    :param block: pixels with even height and width.
    """
    rows, columns = block.image.shape[0] // 2, block.image.shape[1] // 2
    parts = block.image.reshape(rows, 2, columns, 2, 3)
    total = parts.sum(axis=(1, 3), dtype=np.uint16)
    image = ((total + 2) // 4).astype(np.uint8)
    if block.valid is None:
        return Block(image)
    return Block(image, block.valid.reshape(rows, 2, columns, 2).all(axis=(1, 3)))


def join(quarters: list[Block | None], size: int) -> Block | None:
    """
    Lay four blocks side by side.

    :param quarters: north-west, north-east, south-west, south-east; ``None`` where missing.
    :param size: side of one of them [px].
    :return: a block of twice the side, or ``None`` when all four are missing.
    """
    if all(quarter is None for quarter in quarters):
        return None
    image = np.zeros((2 * size, 2 * size, 3), np.uint8)
    complete = all(quarter is not None and quarter.valid is None for quarter in quarters)
    valid = None if complete else np.zeros((2 * size, 2 * size), bool)
    for index, quarter in enumerate(quarters):
        if quarter is None:
            continue
        row, column = size * (index // 2), size * (index % 2)
        place = np.s_[row:row + size, column:column + size]
        image[place] = quarter.image
        if valid is not None:
            valid[place] = True if quarter.valid is None else quarter.valid
    return Block(image, valid)
