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
KITTI-CVL: short videos with known motion, searched among overhead tiles every 10 m.

Layout: the frames of :mod:`.kitti_frames`; lists of ``date/drive/frame.png latitude longitude``
(of the tile's centre); tiles ``satmap/train_10mgap/<date>/<drive>/<frame>.png`` for training and
``satmap/test/<drive>/<latitude>_<longitude>.png`` for the rest, of which the central 512 x 512
pixels are used. File ``test1`` is validation (drives seen in training) and ``test2`` holds the
queries of both published protocols: Test-1 searches the tiles that the list names, Test-2 all
tiles of the drives named in ``test.csv`` and not in ``ignore.csv``.
"""

from __future__ import annotations

from functools import cached_property
import math
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import (
    CrossViewSample, FrameSequence, SatelliteTile)
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.kitti_frames import (
    FrameName, kitti_mercator, left_colour_camera, METRES_PER_PIXEL, NavigationRecord,
    read_record)
from xview_loc.learning.data.list_file import parse_numbers, read_rows
from xview_loc.learning.data.square_cut import cut_square

LISTS = {'train': 'train_files_with_sat_GPS.txt', 'val': 'test1_files_with_sat_GPS.txt',
         'test': 'test2_files_with_sat_GPS.txt'}
PUBLISHED_COUNTS = {'train': 23_905, 'val': 2_362, 'test': 2_473}
PUBLISHED_TILES = {'train': 2_942, 'val': 1_482, 'test': 295}
TILE_SIZE = 512


class KittiCvlSequences:
    """
    One split; satisfies :class:`.pair_source.RetrievalSource`.

    Unlike the released code, no frame is dropped for want of a ``semantics`` image, and older
    frames are looked for among the images that are read.

    :param root: folder of the data set.
    :param split: ``train``, ``val`` (file test1) or ``test`` (file test2).
    :param frames: length of a sequence.
    :param stride: frames from one image of a sequence to the next; the drives have 10 Hz.
    :param distractors: search all tiles of the test drives (Test-2), not only the named ones.
    :param reference: scale the calibration as the released code does, see
        :func:`.kitti_frames.left_colour_camera`.
    :param lists: folder of the lists; the root when ``None``.
    :raises DataSetError: naming the list that is missing or the line that is wrong.
    """

    def __init__(self, root: str | Path, split: str = 'train', *, frames: int = 4,
                 stride: int = 3, distractors: bool = False, reference: bool = False,
                 lists: str | Path | None = None) -> None:
        if split not in LISTS:
            raise DataSetError(f'The split of KITTI-CVL is {split!r}; use {", ".join(LISTS)}.')
        if frames < 1 or stride < 1:
            raise DataSetError(
                f'A sequence has {frames} frames every {stride}; both must be at least 1.')
        self.root, self.split, self.name = Path(root), split, f'kitti_cvl {split}'
        self.length, self.stride, self.distractors = frames, stride, distractors
        self.reference = reference
        path = (self.root if lists is None else Path(lists)) / LISTS[split]
        names, self._centres, places = [], [], []
        for number, words in read_rows(path, 3, 'frames and the tiles they belong to'):
            names.append(FrameName.parse(words[0]))
            places.append(parse_numbers(path, number, words[1:]))
            self._centres.append((words[1], words[2]))
        self.frames = tuple(names)
        self.identifiers = tuple(map(str, names))
        self._places = np.array(places).reshape(-1, 2)

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.frames)

    @cached_property
    def positions(self) -> np.ndarray:
        """Read where the newest images were taken, ``(N, 2)`` in the published metres."""
        return np.array([read_record(frame.record(self.root)).camera_position
                         for frame in self.frames]).reshape(-1, 2)

    @cached_property
    def matches(self) -> np.ndarray:
        """Return ``(N, 1)`` numbers of the tiles that the list names."""
        number = {name: index for index, name in enumerate(self.gallery().identifiers)}
        keys = [self._key(index) for index in range(len(self))]
        missing = next((key for key in keys if key not in number), None)
        if missing is not None:
            raise DataSetError(f'The tile {missing} of {self.name} is not among those searched.')
        return np.array([number[key] for key in keys], dtype=np.int64)[:, None]

    def gallery(self) -> KittiCvlTiles:
        """Return the tiles that are searched."""
        files: dict[str, tuple[Path, tuple[float, float]]] = {}
        for index in range(len(self)):
            latitude, longitude = self._places[index].tolist()
            files.setdefault(self._key(index), (self._tile_file(index), (latitude, longitude)))
        if self.distractors:
            for path in self._test_tiles():
                key = f'{path.parent.name}/{path.stem}'
                files.setdefault(key, (path, _place(path)))
        return KittiCvlTiles(files)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the images, newest first, the tile, and the navigation records."""
        names = self._sequence(index)
        return (*(name.image(self.root) for name in names), self._tile_file(index),
                *(name.record(self.root) for name in names))

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a sequence with its tile.

        :param index: number of the sequence.
        :param rng: not used: nothing varies.
        """
        names = self._sequence(index)
        images = tuple(read_rgb(name.image(self.root)) for name in names)
        records = [read_record(name.record(self.root)) for name in names]
        tile = read_tile(self.identifiers[index], self._tile_file(index),
                         tuple(self._places[index].tolist()))
        assert tile.position is not None
        east, north = records[0].camera_position
        return CrossViewSample(
            self.identifiers[index], images[0], tile.image, METRES_PER_PIXEL,
            east - tile.position[0], north - tile.position[1],
            0.5 * math.pi - records[0].yaw, (east, north),
            left_colour_camera(self.root, names[0].date, images[0].shape[:2], self.reference),
            sequence=FrameSequence(images, relative_motion(records)))

    def _sequence(self, index: int) -> list[FrameName]:
        """Return the frames of a sequence, newest first."""
        return [self.frames[index].before(step * self.stride) for step in range(self.length)]

    def _key(self, index: int) -> str:
        """Return the name of the tile of a sequence: places differ within a drive only."""
        latitude, longitude = self._centres[index]
        return f'{self.frames[index].drive}/{latitude}_{longitude}'

    def _tile_file(self, index: int) -> Path:
        """Return the file of the tile of a sequence."""
        if self.split == 'train':
            return self.root / 'satmap' / 'train_10mgap' / str(self.frames[index])
        return self.root / 'satmap' / 'test' / f'{self._key(index)}.png'

    def _test_tiles(self) -> list[Path]:
        """Return all tiles of the drives of the distractor protocol."""
        used = {words[0] for _, words in read_rows(
            self.root / 'test.csv', 1, 'the drives whose tiles are searched')}
        ignored = self.root / 'ignore.csv'
        if ignored.is_file():
            used -= {words[0] for _, words in read_rows(ignored, 1, 'drives left out')}
        return [path for drive in sorted(used)
                for path in sorted((self.root / 'satmap' / 'test' / drive).glob('*.png'))]


class KittiCvlTiles:
    """
    Tiles by name; satisfies :class:`.pair_source.TileGallery`.

    :param files: file and latitude, longitude of the centre [deg] by name.
    """

    def __init__(self, files: dict[str, tuple[Path, tuple[float, float]]]) -> None:
        self.identifiers = tuple(files)
        self._files = tuple(path for path, _ in files.values())
        self._places = tuple(place for _, place in files.values())
        latitude, longitude = np.array(self._places).reshape(-1, 2).T
        self.positions = frozen(np.stack(kitti_mercator(latitude, longitude), axis=-1))

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.identifiers)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the file of a tile."""
        return (self._files[index],)

    def tile(self, index: int) -> SatelliteTile:
        """Read a tile."""
        return read_tile(self.identifiers[index], self._files[index], self._places[index])


def read_tile(name: str, path: Path, place: tuple[float, ...]) -> SatelliteTile:
    """
    Read the central 512 x 512 pixels of a tile.

    :param name: of the tile.
    :param path: its file.
    :param place: latitude and longitude of its centre [deg].
    """
    image = read_rgb(path)
    east, north = kitti_mercator(place[0], place[1])
    # Rounded down so that the pixels are copied; the centre of an odd side is half a pixel off.
    centre = float(image.shape[1] // 2), float(image.shape[0] // 2)
    return SatelliteTile(name, cut_square(image, centre, TILE_SIZE), METRES_PER_PIXEL,
                         (float(east), float(north)))


def relative_motion(records: list[NavigationRecord]) -> np.ndarray:
    """
    Return the motion of a sequence.

    :param records: newest first.
    :return: ``(S, 3)`` east and north of each camera relative to the newest one in the published
        metres, and its yaw, counter-clockwise from east [rad].
    """
    places = np.array([record.camera_position for record in records])
    yaw = np.array([record.yaw for record in records])
    return np.column_stack([places - places[0], yaw])


def _place(path: Path) -> tuple[float, float]:
    """Parse ``<latitude>_<longitude>.png``."""
    latitude, longitude, *rest = (*path.stem.split('_'), '', '')
    if any(rest):
        raise DataSetError(f'{path} is not named by latitude and longitude.')
    first, second = parse_numbers(path, 0, [latitude, longitude])
    return first, second
