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

"""Building a descriptor map ahead of a drive; interrupted, the next call goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import fcntl
import math
from pathlib import Path
import shutil

import numpy as np

from xview_loc.errors import MatchingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.matching.cell_window import positions_of
from xview_loc.matching.descriptor_block import CellState
from xview_loc.matching.descriptor_map import DescriptorMap
from xview_loc.matching.map_area import MapArea
from xview_loc.matching.map_folder import create_map
from xview_loc.matching.map_manifest import MapManifest
from xview_loc.matching.tile_cutter import TileCutter
from xview_loc.matching.tile_encoder import MOST_TILES, TileEncoder

CHUNK_SIDE = 8
SPARE_BYTES = 100_000_000

Progress = Callable[[int, int], None]


def build_map(folder: Path, manifest: MapManifest, area: MapArea, imagery: ImagerySource,
              encoder: TileEncoder, progress: Progress | None = None) -> MapManifest:
    """
    Describe every cell of an area, and put the result into a folder.

    The work is done in chunks of 8 x 8 cells, each of which is either in the map or not at all.
    A chunk that was interrupted is done again in the same batches, so that the map has the same
    checksum whether or not, and wherever, it was interrupted.

    :param folder: of the map.
    :param manifest: its identity.
    :param area: cells to describe.
    :param imagery: where tiles come from.
    :param encoder: describes them.
    :param progress: called with the cells done and those to do.
    :return: the manifest of the complete map.
    :raises MatchingError: when the folder holds another map, or is being written by another
        process, or the disk is full.
    """
    stored = create_map(folder, manifest)
    with _alone(folder):
        chunks = list(_chunks(area.cells))
        open_chunks = [cells for cells in chunks
                       if (stored.states_of(cells) == CellState.UNKNOWN).any()]
        if stored.manifest.complete and not open_chunks:
            return stored.manifest
        total = len(area.cells)
        done = total - sum(map(len, open_chunks))
        _check_space(folder, (total - done) * 2 * manifest.dimension)
        for cells in open_chunks:
            for more in _describe_chunk(stored, cells, area.frame, imagery, encoder):
                if progress is not None:
                    progress(done + more, total)
            done += len(cells)
        return stored.complete()


def _chunks(cells: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the cells of each square of 8 x 8, by row and column."""
    squares, group = np.unique(cells // CHUNK_SIDE, axis=0, return_inverse=True)
    order = np.lexsort((cells[:, 1], cells[:, 0], group.reshape(-1)))
    ends = np.cumsum(np.bincount(group.reshape(-1), minlength=len(squares)))
    yield from np.split(cells[order], ends[:-1])


def _describe_chunk(stored: DescriptorMap, cells: np.ndarray, frame: LocalFrame,
                    imagery: ImagerySource, encoder: TileEncoder) -> Iterator[int]:
    """Describe the cells of a chunk, put them all at once; yield how many are described."""
    tile = stored.manifest.tile
    places = positions_of(cells, stored.spacing_m)
    # Of the whole square, so that the pixels do not depend on which of its cells are wanted.
    middle = (cells[0] // CHUNK_SIDE + 0.5) * CHUNK_SIDE - 0.5
    x, y = positions_of(middle[None], stored.spacing_m)[0]
    side = CHUNK_SIDE * stored.spacing_m + tile.extent_m
    pixels = 2 * math.ceil(0.5 * side / tile.metres_per_pixel)
    patch = imagery.read_patch(
        PatchGeometry(float(x), float(y), tile.metres_per_pixel, pixels, pixels), frame)
    found = np.zeros((len(cells), stored.manifest.dimension), np.float32)
    covered = np.zeros(len(cells), bool)
    cutter = TileCutter(patch, tile)
    for start in range(0, len(cells) if patch.valid.any() else 0, MOST_TILES):
        batch = slice(start, start + MOST_TILES)
        found[batch], covered[batch] = encoder.describe(cutter, places[batch])
        yield min(start + MOST_TILES, len(cells))
    stored.put(cells[covered], found[covered])
    stored.put_empty(cells[~covered])
    yield len(cells)


def _check_space(folder: Path, wanted: int) -> None:
    """Refuse to begin what does not fit: a full disk would end the process while it writes."""
    free = shutil.disk_usage(folder).free
    if wanted + SPARE_BYTES > free:
        raise MatchingError(
            f'The descriptor map needs {wanted / 1e9:.2g} GB more but {folder} has '
            f'{free / 1e9:.2g} GB free; make room or choose a smaller area.')


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing the same map; a killed process keeps nobody."""
    with (folder / 'lock').open('w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise MatchingError(
                f'Another process is building the descriptor map {folder}.') from None
        yield
