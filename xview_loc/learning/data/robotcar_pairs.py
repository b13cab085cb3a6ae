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

"""
Oxford RobotCar: a forward camera, true poses and one stitched satellite map.

Layout, as prepared by the authors of CVML: ``<date>/ground/<easting>_<northing>.png``, lists
``training.txt``, ``validation.txt`` and ``test1_j.txt`` to ``test3_j.txt``, arrays
``train_yaw.npy``, ``val_yaw.npy`` and ``test_yaw.npy`` in the order of the lists (test is all
three of its lists in a row), and ``satellite_map_new.png``.
"""

from __future__ import annotations

from functools import cached_property
import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile
from xview_loc.learning.data.image_files import first_file, read_rgb
from xview_loc.learning.data.near_matches import near_matches
from xview_loc.learning.data.position_list import PositionList, read_position_list
from xview_loc.learning.data.prior_noise import PriorNoise, ShiftKind
from xview_loc.learning.data.robotcar_map import (
    map_pixels, METRES_PER_PIXEL, RobotCarMap, tile_index, TILE_SIZE, TILE_STEP)
from xview_loc.learning.data.turned_tile import tile_from_world

# In the order in which the published evaluation numbers its database.
LISTS = {'val': ('validation.txt',), 'test1': ('test1_j.txt', 'test1.txt'),
         'test2': ('test2_j.txt', 'test2.txt'), 'test3': ('test3_j.txt', 'test3.txt'),
         'train': ('training.txt',)}
PUBLISHED_COUNTS = {'train': 17_067, 'val': 1_698, 'test1': 1_673, 'test2': 1_708,
                    'test3': 1_708}
MAP_FILE = 'satellite_map_new.png'
POSITIVE_RADIUS_M = 5.0
RETRIEVAL_TILE_SIZE = 600
# The place is anywhere within this distance of the centre, uniform in the distance.
TRAINING_NOISE = PriorNoise(200.0 * math.sqrt(2.0) * METRES_PER_PIXEL, ShiftKind.RADIUS)


class RobotCarPairs:
    """
    One split; satisfies :class:`.pair_source.RetrievalSource`.

    Images are cropped to rows 0 to 799 and columns 40 to 1239 of 960 x 1280, which takes the
    bonnet and the rim away; of other sizes the same shares. They are not undistorted, as
    published, so there is no camera model.

    Heading is the published yaw less 90 degrees, clockwise from **true** north as is the map; the
    positions are of UTM, whose north is turned by 1.37 degrees there.

    :param root: folder of the data set.
    :param split: ``train``, ``val``, ``test1``, ``test2`` or ``test3``.
    :param up: what is up in the tile: ``north`` (CCVPE) or the ``vehicle``'s heading (CVML).
    :param noise: with a generator, how far the tile's centre is from the camera.
    :param lists: folder of lists and arrays; the root when ``None``.
    :raises DataSetError: naming the file that is missing or the line that is wrong.
    """

    def __init__(self, root: str | Path, split: str = 'train', *, up: str = 'north',
                 noise: PriorNoise = TRAINING_NOISE, lists: str | Path | None = None) -> None:
        if split not in LISTS:
            raise DataSetError(f'The split of RobotCar is {split!r}; use {", ".join(LISTS)}.')
        if up not in ('north', 'vehicle'):
            raise DataSetError(f'What is up in the tile is {up!r}; use north or vehicle.')
        self.root, self.split, self.name = Path(root), split, f'robotcar {split}'
        self.lists = self.root if lists is None else Path(lists)
        self.up, self.noise = up, noise
        self._rows = _read_list(self.lists, split)
        self.identifiers = self._rows.grounds
        self.positions = self._rows.positions
        self.headings = frozen(read_yaw(self.lists, split, len(self._rows)) - 0.5 * math.pi)
        self.map = RobotCarMap(self.root / MAP_FILE)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._rows)

    @cached_property
    def matches(self) -> np.ndarray:
        """Return the tiles of :meth:`gallery` within 5 m, the own one first."""
        gallery = self.gallery()
        own = gallery.first_of[self.split] + np.arange(len(self))
        return near_matches(self.positions, gallery.positions, POSITIVE_RADIUS_M, own)

    def gallery(self) -> RobotCarTiles:
        """Return a tile at each place of all lists that are there."""
        return RobotCarTiles(self.map, self.lists)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the image and the map."""
        return self.root / self._rows.grounds[index], self.map.path

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the image.
        :param rng: draws where in the tile the camera is; without it the tile is that of the
            published tiling of validation and test.
        """
        place = map_pixels(self.positions[index])
        centre = TILE_STEP * tile_index(place).astype(np.float64) + 0.5 * TILE_SIZE
        if rng is not None:
            east, north, _ = self.noise.draw(rng)
            centre = place + np.array([east, -north]) / METRES_PER_PIXEL
        heading = float(self.headings[index])
        tile_heading = heading if self.up == 'vehicle' else 0.0
        column, row = ((place - centre) * METRES_PER_PIXEL).tolist()
        right, above = tile_from_world(column, -row, tile_heading)
        return CrossViewSample(
            self.identifiers[index], crop_ground(read_rgb(self.files(index)[0])),
            self.map.cut(centre, TILE_SIZE, tile_heading), METRES_PER_PIXEL, right, above,
            heading - tile_heading, tuple(self.positions[index].tolist()),
            tile_heading=tile_heading)


class RobotCarTiles:
    """
    Tiles of 600 pixels centred on every place; satisfies :class:`.pair_source.TileGallery`.

    :param satellite_map: the stitched map.
    :param lists: folder of the lists; those that are there make up the gallery.
    """

    def __init__(self, satellite_map: RobotCarMap, lists: Path) -> None:
        self.map = satellite_map
        found = {split: _read_list(lists, split) for split, names in LISTS.items()
                 if any((lists / name).is_file() for name in names)}
        counts = np.cumsum([0, *map(len, found.values())]).tolist()
        self.first_of = dict(zip(found, counts))
        self.positions = frozen(np.concatenate([rows.positions for rows in found.values()]))
        self.identifiers = tuple(name for rows in found.values() for name in rows.satellites)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.identifiers)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the map."""
        return (self.map.path,)

    def tile(self, index: int) -> SatelliteTile:
        """Cut a tile out of the map, its centre on a whole pixel (within 0.05 m)."""
        centre = np.rint(map_pixels(self.positions[index]))
        return SatelliteTile(
            self.identifiers[index], self.map.cut(centre, RETRIEVAL_TILE_SIZE),
            METRES_PER_PIXEL, tuple(self.positions[index].tolist()))


def crop_ground(image: np.ndarray) -> np.ndarray:
    """
    Return the part of a centre image without bonnet and rim: 800 x 1200 of 960 x 1280.

    :param image: ``(H, W, 3)``.
    """
    height, width = image.shape[:2]
    return image[:round(height * 800 / 960), round(width * 40 / 1280):round(width * 1240 / 1280)]


def read_yaw(lists: Path, split: str, count: int) -> np.ndarray:
    """
    Read the yaw of a split; heading clockwise from true north is this less 90 degrees.

    :param lists: folder of the arrays.
    :param split: one of :data:`LISTS`.
    :param count: rows of its list.
    :return: ``(count,)`` float64 [rad].
    :raises DataSetError: naming the array that is missing or of another length.
    """
    kind = 'test' if split.startswith('test') else split
    path = first_file([lists / f'{kind}_yaw.npy'], 'the yaw of the images')
    try:
        values = np.asarray(np.load(path), dtype=np.float64).reshape(-1)
    except (OSError, ValueError) as error:
        raise DataSetError(f'{path} does not hold an array: {error}.') from error
    earlier = [name for name in ('test1', 'test2', 'test3') if kind == 'test' and name < split]
    start = sum(len(_read_list(lists, name)) for name in earlier)
    if len(values) < start + count or not np.isfinite(values).all():
        raise DataSetError(
            f'{path} holds {len(values)} angles; the lists up to {split} have {start + count} '
            'rows, and all must be finite.')
    return values[start:start + count]


def _read_list(lists: Path, split: str) -> PositionList:
    """Read the list of a split."""
    return read_position_list(
        first_file([lists / name for name in LISTS[split]], f'the images of {split}'))
