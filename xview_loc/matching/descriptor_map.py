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

"""Descriptors of satellite tiles on a regular grid of the ``map`` frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
import hashlib
from pathlib import Path
from threading import RLock

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.matching.block_store import BlockStore
from xview_loc.matching.cell_window import CellWindow
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.map_manifest import MapManifest, write_map_manifest

MOST_BYTES = 512 * 2 ** 20


@dataclass(frozen=True)
class DescriptorWindow:
    """
    A copy of some cells.

    :param descriptors: ``(rows, columns, D)`` float16; zeros where nothing is known.
    :param states: ``(rows, columns)`` uint8 of :class:`CellState`.
    """

    descriptors: np.ndarray
    states: np.ndarray


class DescriptorMap:
    """
    Descriptors of square tiles, float16, in blocks that are made when a cell of theirs is put.

    In memory it forgets the blocks used least recently beyond a limit; on disk every block is a
    memory-mapped file, see :class:`DescriptorBlock`. A map that is open for reading takes
    descriptors of further cells too, but keeps them in memory. Safe to use from several threads.

    :param manifest: what the map is of.
    :param folder: where it lies; in memory when ``None``.
    :param writable: whether what is put goes to the folder.
    :param most_bytes: limit of the descriptors in memory that are in no file [bytes].
    """

    def __init__(self, manifest: MapManifest, folder: Path | None = None,
                 writable: bool = False, most_bytes: int = MOST_BYTES):
        self.manifest = manifest
        self.folder = folder
        self._writable = writable
        self._blocks = BlockStore(manifest.block_side, manifest.dimension, folder, writable,
                                  most_bytes)
        self._lock = RLock()

    @property
    def spacing_m(self) -> float:
        """Return the step of the grid [m]."""
        return self.manifest.spacing_m

    def window(self, window: CellWindow) -> DescriptorWindow:
        """
        Copy a rectangle of cells.

        :param window: on the grid of the map.
        """
        descriptors = np.zeros((*window.shape, self.manifest.dimension), np.float16)
        states = np.zeros(window.shape, np.uint8)
        with self._lock:
            for place, block, part in self._parts(window):
                states[place] = block.states[part]
                descriptors[place] = block.descriptors[part]
        return DescriptorWindow(descriptors, states)

    def states_of(self, cells: np.ndarray) -> np.ndarray:
        """
        Return what is known of some cells.

        :param cells: ``(N, 2)`` row and column.
        :return: ``(N,)`` uint8 of :class:`CellState`.
        """
        states = np.zeros(len(cells), np.uint8)
        with self._lock:
            for key, chosen, rows, columns in self._by_block(cells):
                block = self._blocks.get(key)
                if block is not None:
                    states[chosen] = block.states[rows, columns]
        return states

    def descriptors_of(self, cells: np.ndarray) -> np.ndarray:
        """
        Copy the descriptors of some cells.

        :param cells: ``(N, 2)`` row and column.
        :return: ``(N, D)`` float16; zeros where nothing is known.
        """
        found = np.zeros((len(cells), self.manifest.dimension), np.float16)
        with self._lock:
            for key, chosen, rows, columns in self._by_block(cells):
                block = self._blocks.get(key)
                if block is not None:
                    found[chosen] = block.descriptors[rows, columns]
        return found

    def put(self, cells: np.ndarray, descriptors: np.ndarray) -> None:
        """
        Store the descriptors of cells; they are rounded to float16.

        :param cells: ``(N, 2)`` row and column.
        :param descriptors: ``(N, D)``.
        :raises MatchingError: when there are not as many, or of another length.
        """
        if descriptors.shape != (len(cells), self.manifest.dimension):
            raise MatchingError(
                f'The descriptors have shape {descriptors.shape}; the map takes '
                f'{(len(cells), self.manifest.dimension)} here.')
        with self._lock:
            for key, chosen, rows, columns in self._by_block(cells):
                self._blocks.make(key).put(rows, columns, descriptors[chosen])
            self._blocks.forget()

    def put_empty(self, cells: np.ndarray) -> None:
        """
        Remember that there is no imagery at some cells.

        :param cells: ``(N, 2)`` row and column.
        """
        with self._lock:
            for key, _, rows, columns in self._by_block(cells):
                self._blocks.make(key).put_empty(rows, columns)

    def known(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """
        Yield all known cells, block by block.

        :return: pairs of ``(N, 2)`` int64 row and column, and ``(N, D)`` float16.
        """
        side = self.manifest.block_side
        for key in self._keys():
            with self._lock:
                block = self._blocks.get(key)
                if block is None:
                    continue
                rows, columns = np.nonzero(block.states == CellState.KNOWN)
                found = block.descriptors[rows, columns]
            yield np.stack([rows + key[0] * side, columns + key[1] * side], axis=1), found

    def count(self, state: CellState) -> int:
        """
        Return how many cells are in a state.

        :param state: not ``UNKNOWN``: there is no end of unknown cells.
        """
        total = 0
        for key in self._keys():
            with self._lock:
                block = self._blocks.get(key)
                total += 0 if block is None else int(np.count_nonzero(block.states == state))
        return total

    def checksum(self) -> str:
        """
        Return a checksum of identity, states and known descriptors.

        It does not depend on the order in which cells were put.

        :return: ``sha256:`` and 64 hexadecimal digits.
        """
        whole = hashlib.sha256(self.manifest.identity.to_json().encode())
        for key in self._keys():
            with self._lock:
                block = self._blocks.get(key)
                if block is None or not block.states.any():
                    continue
                whole.update(f'block {key[0]} {key[1]}\n'.encode())
                whole.update(block.states.tobytes())
                whole.update(block.descriptors[block.states == CellState.KNOWN].tobytes())
        return f'sha256:{whole.hexdigest()}'

    def complete(self) -> MapManifest:
        """
        Declare a map on disk complete: write counts and checksum into its manifest.

        :return: the new manifest.
        """
        assert self.folder is not None and self._writable
        self.manifest = replace(
            self.manifest, complete=True, known=self.count(CellState.KNOWN),
            empty=self.count(CellState.EMPTY), checksum=self.checksum())
        write_map_manifest(self.folder, self.manifest)
        return self.manifest

    def _keys(self) -> list[tuple[int, int]]:
        with self._lock:
            return self._blocks.keys()

    def _parts(self, window: CellWindow) -> Iterator[tuple]:
        """Yield place in the window, block and place in the block of what overlaps."""
        side = self.manifest.block_side
        last_row = window.first_row + window.rows - 1
        last_column = window.first_column + window.columns - 1
        for block_row in range(window.first_row // side, last_row // side + 1):
            for block_column in range(window.first_column // side, last_column // side + 1):
                block = self._blocks.get((block_row, block_column))
                if block is None:
                    continue
                top, left = block_row * side, block_column * side
                both = window.overlap(CellWindow(window.spacing_m, top, left, side, side))
                yield (_slices(both, window.first_row, window.first_column), block,
                       _slices(both, top, left))

    def _by_block(self, cells: np.ndarray) -> Iterator[tuple]:
        """Yield key, indices into the cells, rows and columns within the block."""
        side = self.manifest.block_side
        cells = np.asarray(cells, np.int64).reshape(-1, 2)
        blocks, group = np.unique(cells // side, axis=0, return_inverse=True)
        for index, key in enumerate(blocks):
            chosen = np.flatnonzero(group.reshape(-1) == index)
            rows, columns = (cells[chosen] - key * side).T
            yield (int(key[0]), int(key[1])), chosen, rows, columns


def _slices(window: CellWindow, first_row: int, first_column: int) -> tuple[slice, slice]:
    row, column = window.first_row - first_row, window.first_column - first_column
    return slice(row, row + window.rows), slice(column, column + window.columns)
