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

"""Seamless folders of web map tiles, read in windows."""

from __future__ import annotations

from functools import lru_cache
import json
from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.orthophotos import Orthophoto

CACHED_TILES = 64


class TileFolder:
    """
    A seamless folder of web map tiles ``tiles/<zoom>_<column>_<row>.*`` with ``index.json``.

    A piece is a window of :attr:`side` pixels whose centre is anywhere in one tile; four by four
    tiles are one group. Windows reach over the rim of a group by half a side, so leave groups
    out at the border of a split, or measure on other imagery.

    :param folder: with ``index.json`` and ``tiles``.
    :param side: of the windows [px].
    """

    def __init__(self, folder: str | Path, side: int = 768) -> None:
        self.folder, self.side = Path(folder), side
        self.name = self.folder.name
        described = _read_json(self.folder / 'index.json')
        try:
            self.metres_per_pixel = float(described['ground_m_per_px'])
            self._tile_px = int(described['tile_px'])
        except (KeyError, TypeError, ValueError) as error:
            raise DataSetError(
                f'{self.folder / "index.json"} does not describe tiles: {error!r}.') from error
        self._files = {place: path for path in sorted((self.folder / 'tiles').iterdir())
                       if (place := _tile_place(path)) is not None}
        self._places = tuple(self._files)
        self.groups = tuple(f'{column // 4}_{row // 4}' for column, row in self._places)
        self._tile = lru_cache(CACHED_TILES)(self._read_tile)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self._places)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the cache behind when a worker is spawned."""
        return {key: value for key, value in self.__dict__.items() if key != '_tile'}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with an empty cache."""
        self.__dict__.update(state)
        self._tile = lru_cache(CACHED_TILES)(self._read_tile)

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a window; what lies beyond the tiles is mirrored."""
        column, row = self._places[index]
        centre = rng.uniform(0.0, self._tile_px, 2)
        top, left = np.floor(centre - 0.5 * self.side).astype(int).tolist()
        first_row, last_row = top // self._tile_px, (top + self.side - 1) // self._tile_px
        first_column = left // self._tile_px
        last_column = (left + self.side - 1) // self._tile_px
        rows = [np.concatenate([self._near(column + right, row + down, column, row)
                                for right in range(first_column, last_column + 1)], axis=1)
                for down in range(first_row, last_row + 1)]
        whole = np.concatenate(rows)
        top, left = top - first_row * self._tile_px, left - first_column * self._tile_px
        return Orthophoto(whole[top:top + self.side, left:left + self.side],
                          self.metres_per_pixel)

    def _near(self, column: int, row: int, home_column: int, home_row: int) -> np.ndarray:
        """Return a tile, or the home tile mirrored where the grid ends."""
        if (column, row) in self._files:
            return self._tile(column, row)
        flips = tuple(axis for axis, odd in enumerate(
            ((row - home_row) % 2, (column - home_column) % 2)) if odd)
        return np.flip(self._tile(home_column, home_row), flips)

    def _read_tile(self, column: int, row: int) -> np.ndarray:
        """Read a tile."""
        return read_rgb(self._files[column, row])


def _read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        return dict(json.loads(path.read_text(encoding='utf-8')))
    except (OSError, ValueError, TypeError) as error:
        raise DataSetError(f'{path} cannot be read: {error}.') from error


def _tile_place(path: Path) -> tuple[int, int] | None:
    """Return column and row of ``<zoom>_<column>_<row>``, or ``None`` for another name."""
    words = path.stem.split('_')
    if len(words) != 3 or not all(word.isdigit() for word in words):
        return None
    return int(words[1]), int(words[2])
