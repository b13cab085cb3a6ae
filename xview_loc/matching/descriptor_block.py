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

"""A square block of a descriptor map, in memory or in a file."""

from __future__ import annotations

from enum import IntEnum
import os
from pathlib import Path

import numpy as np

from xview_loc.errors import MatchingError


class CellState(IntEnum):
    """What is known of a cell."""

    UNKNOWN = 0
    KNOWN = 1
    EMPTY = 2


class DescriptorBlock:
    """
    States and descriptors of ``side x side`` cells.

    The file holds ``side * side`` bytes of states, then the descriptors, both row by row; it is
    sparse, so that cells never written take no space. A state is written after its descriptor,
    and after it has reached the disk: a cell that says it is known is known, whenever the process
    or the machine stopped.

    :param side: cells along a side.
    :param dimension: length of a descriptor.
    :param path: the file; in memory when ``None``.
    :param mode: ``'r+'`` reads and writes the file and makes it when missing, ``'c'`` keeps what
        is written in memory.
    :raises MatchingError: when the file has another size.
    """

    def __init__(self, side: int, dimension: int, path: Path | None = None, mode: str = 'r+'):
        count = side * side
        size = count + 2 * count * dimension
        self._file: np.memmap | None = None
        memory: np.ndarray
        if path is None:
            memory = np.zeros(size, np.uint8)
        else:
            if mode == 'r+' and not path.exists():
                part = path.with_suffix('.part')
                with part.open('wb') as file:
                    file.truncate(size)
                os.replace(part, path)
            if path.stat().st_size != size:
                raise MatchingError(
                    f'The block {path} of a descriptor map has {path.stat().st_size} bytes, not '
                    f'{size}; build the map again.')
            memory = np.memmap(path, np.uint8, mode)  # type: ignore[call-overload]
            self._file = memory if mode == 'r+' else None  # type: ignore[assignment]
        self.states = np.asarray(memory[:count]).reshape(side, side)
        self.descriptors = np.asarray(memory[count:]).view(np.float16).reshape(
            side, side, dimension)

    @property
    def known(self) -> int:
        """Return the number of cells that have a descriptor."""
        return int(np.count_nonzero(self.states == CellState.KNOWN))

    def put(self, rows: np.ndarray, columns: np.ndarray, descriptors: np.ndarray) -> None:
        """
        Store descriptors.

        :param rows: ``(N,)`` within the block.
        :param columns: ``(N,)`` within the block.
        :param descriptors: ``(N, D)``, rounded to float16.
        """
        self.descriptors[rows, columns] = descriptors
        self._flush()
        self.states[rows, columns] = CellState.KNOWN
        self._flush()

    def put_empty(self, rows: np.ndarray, columns: np.ndarray) -> None:
        """
        Remember that there is no imagery.

        :param rows: ``(N,)`` within the block.
        :param columns: ``(N,)`` within the block.
        """
        self.states[rows, columns] = CellState.EMPTY
        self._flush()

    def _flush(self) -> None:
        """Let what was written reach the disk."""
        if self._file is not None:
            self._file.flush()
