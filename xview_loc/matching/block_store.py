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

"""The blocks of a descriptor map: those in use, and those on disk."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from xview_loc.matching.descriptor_block import DescriptorBlock

BlockKey = tuple[int, int]
FOLDER = 'blocks'


class BlockStore:
    """
    Makes, opens and forgets blocks; not safe to use from several threads.

    :param side: cells along the side of a block.
    :param dimension: length of a descriptor.
    :param folder: of the map; everything stays in memory when ``None``.
    :param writable: whether what is put into a block goes to its file.
    :param most_bytes: limit of descriptors in blocks without a file [bytes].
    """

    def __init__(self, side: int, dimension: int, folder: Path | None, writable: bool,
                 most_bytes: int):
        self.side = side
        self._dimension = dimension
        self._folder = folder
        self._writable = writable
        self._most_cells = max(most_bytes // (2 * dimension), 1)
        self._blocks: OrderedDict[BlockKey, DescriptorBlock] = OrderedDict()
        self._files: set[BlockKey] = set() if folder is None else _keys_of_files(folder)

    def keys(self) -> list[BlockKey]:
        """Return the row and column of every block there is, sorted."""
        return sorted(self._files.union(self._blocks))

    def get(self, key: BlockKey) -> DescriptorBlock | None:
        """
        Return a block, or ``None`` where nothing was ever put.

        :param key: its row and column.
        """
        if key in self._blocks or key in self._files:
            return self.make(key)
        return None

    def make(self, key: BlockKey) -> DescriptorBlock:
        """
        Return a block, empty if it was not there.

        :param key: its row and column.
        """
        if key not in self._blocks:
            path = None
            if self._folder is not None and (self._writable or key in self._files):
                path = self._folder / FOLDER / f'{key[0]}_{key[1]}.block'
                self._files.add(key)
            self._blocks[key] = DescriptorBlock(
                self.side, self._dimension, path, 'r+' if self._writable else 'c')
        self._blocks.move_to_end(key)
        return self._blocks[key]

    def forget(self) -> None:
        """Drop the blocks without file used least recently beyond the limit; keep the newest."""
        in_memory = [key for key in reversed(self._blocks) if key not in self._files]
        kept = 0
        for rank, key in enumerate(in_memory):
            kept += self._blocks[key].known
            if rank > 0 and kept > self._most_cells:
                del self._blocks[key]


def _keys_of_files(folder: Path) -> set[BlockKey]:
    """Return the keys of the blocks on disk."""
    keys = set()
    for path in (folder / FOLDER).glob('*.block'):
        row, _, column = path.stem.partition('_')
        keys.add((int(row), int(column)))
    return keys
