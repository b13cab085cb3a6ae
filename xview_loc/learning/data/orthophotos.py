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

"""Orthophotos to learn from, without any ground image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
import json
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError, XviewLocError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.imagery_source import ImagerySource
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.list_file import read_rows

ATTEMPTS = 400
PROBE_PX = 16
LEAST_COVER = 0.95
CACHED_TILES = 64


@dataclass(frozen=True)
class Orthophoto:
    """
    A piece of imagery.

    :param image: ``(H, W, 3)`` uint8 RGB, north up; read-only.
    :param metres_per_pixel: [m].
    """

    image: np.ndarray
    metres_per_pixel: float

    def __post_init__(self) -> None:
        """Make the array read-only."""
        object.__setattr__(self, 'image', frozen(self.image))


class OrthophotoSource(Protocol):
    """Pieces of imagery, numbered; those of one group overlap and must stay in one split."""

    @property
    def name(self) -> str:
        """Return a name for tables and model cards."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the group of every piece."""

    def __len__(self) -> int:
        """Return the number of pieces."""

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a piece; where there is a choice of the place, the generator makes it."""


class ChipFolder:
    """
    A folder of images of one resolution with a table ``chips.csv`` of their overlap groups.

    :param folder: with ``chips.csv``: file, width, height, group.
    :param metres_per_pixel: of all images [m].
    """

    def __init__(self, folder: str | Path, metres_per_pixel: float = 0.3) -> None:
        self.folder, self.metres_per_pixel = Path(folder), metres_per_pixel
        self.name = self.folder.name
        rows = [words for _, words in read_rows(
            self.folder / 'chips.csv', 4, 'images and their overlap groups', ',')]
        self._files = tuple(words[0] for words in rows[1:])
        self.groups = tuple(words[3] for words in rows[1:])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._files)

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """Read a whole image."""
        return Orthophoto(read_rgb(self.folder / self._files[index]), self.metres_per_pixel)


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


class ImageryOrthophotos:
    """
    Random places of any imagery that the package reads: the tiles of one's own city.

    :param spec: as for :func:`xview_loc.imagery.open_imagery.open_imagery`.
    :param count: number of places.
    :param metres_per_pixel: to read at [m].
    :param side: of the pieces [px].
    :param seed: same seed, same places.
    """

    def __init__(self, spec: str | Path, count: int = 1000, *, metres_per_pixel: float = 0.2,
                 side: int = 512, seed: int = 0) -> None:
        self._spec, self.metres_per_pixel, self.side = Path(spec), metres_per_pixel, side
        self.name = self._spec.stem
        self._open: dict[int, ImagerySource] = {}
        west, south, east, north = self._source().bounds
        rng = np.random.default_rng(seed)
        self._places = np.stack([rng.uniform(south, north, count),
                                 rng.uniform(west, east, count)], axis=1)
        # Blocks of about 200 m, so that splits by group do not share places.
        self.groups = tuple(f'{round(latitude / 2e-3)}_{round(longitude / 3e-3)}'
                            for latitude, longitude in self._places.tolist())

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self._places)

    def __getstate__(self) -> dict[str, Any]:
        """Leave open files behind when a worker is spawned."""
        return {**self.__dict__, '_open': {}}

    def close(self) -> None:
        """Close the imagery of this process; it opens again when a piece is read."""
        source = self._open.pop(os.getpid(), None)
        if source is not None:
            source.close()

    def read(self, index: int, rng: np.random.Generator) -> Orthophoto:
        """
        Read the piece at a place; a place that the imagery does not cover gives way to another.

        Packs along a route cover little of their box, so places are first looked at coarsely.

        :raises DataSetError: when none of four hundred places is covered.
        """
        for attempt in range(ATTEMPTS):
            number = index if attempt == 0 else int(rng.integers(len(self)))
            if self._patch(number, PROBE_PX).valid_fraction >= LEAST_COVER:
                patch = self._patch(number, self.side)
                if patch.valid_fraction >= LEAST_COVER:
                    return Orthophoto(patch.image, self.metres_per_pixel)
        raise DataSetError(f'The imagery {self._spec} covers none of {ATTEMPTS} places tried.')

    def _patch(self, number: int, size: int) -> SatellitePatch:
        """Read the area of a piece with so many pixels along its side."""
        latitude, longitude = self._places[number].tolist()
        scale = self.metres_per_pixel * self.side / size
        return self._source().read_patch(
            PatchGeometry(0.0, 0.0, scale, size, size), LocalFrame(latitude, longitude))

    def _source(self) -> ImagerySource:
        """Return the imagery, opened once in each process."""
        process = os.getpid()
        if process not in self._open:
            self._open[process] = open_imagery(self._spec)
        return self._open[process]


def open_orthophotos(spec: str | Path, count: int = 1000) -> OrthophotoSource:
    """
    Open what a path holds: a folder of chips, a folder of tiles with an index, or imagery.

    :param spec: the path.
    :param count: of places in imagery.
    :raises DataSetError: when it is none of these.
    """
    path = Path(spec).expanduser()
    if (path / 'chips.csv').is_file():
        return ChipFolder(path)
    if (path / 'index.json').is_file() and (path / 'tiles').is_dir():
        return TileFolder(path)
    try:
        return ImageryOrthophotos(path, count)
    except XviewLocError as error:
        raise DataSetError(f'{path} holds no orthophotos: {error}') from error


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
