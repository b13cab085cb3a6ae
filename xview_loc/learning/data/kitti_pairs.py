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
KITTI with pose noise: a forward camera in an overhead tile, position and heading in error.

Layout: the frames of :mod:`.kitti_frames`, ``satmap/<date>/<drive>/<frame>.png`` centred on the
navigation unit (1280 x 1280, 0.1958 m per pixel), and lists ``train_files.txt`` (one name per
line), ``test1_files.txt`` (same area) and ``test2_files.txt`` (cross area) with three numbers in
[-1, 1] after each name: noise forward, to the left, and of the heading. These lists are another
split than those of KITTI-CVL; the two overlap and must not be mixed.
"""

from __future__ import annotations

from functools import cached_property
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.kitti_frames import (
    FrameName, left_colour_camera, METRES_PER_PIXEL, NavigationRecord, read_record)
from xview_loc.learning.data.list_file import parse_numbers, read_rows
from xview_loc.learning.data.pair_source import own_generator
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.square_cut import cut_square
from xview_loc.learning.data.turned_tile import world_from_tile

LISTS = {'train': 'train_files.txt', 'test1': 'test1_files.txt', 'test2': 'test2_files.txt'}
PUBLISHED_COUNTS = {'train': 19_655, 'test1': 3_773, 'test2': 7_542}
TILE_SIZE = 512
# +-20 m along and across, and +-10 degrees, the protocol with a rough heading.
NOISE = PriorNoise(20.0, turn=math.radians(10.0))


class KittiPairs:
    """
    One split; satisfies :class:`.pair_source.PairSource`.

    The tile is turned as published: the vehicle's heading points right, less the noise of the
    heading. Turn, shift and crop are one bilinear interpolation; the reference does four, the
    last by nearest neighbour.

    :param root: folder of the data set.
    :param split: ``train``, ``test1`` or ``test2``.
    :param noise: sizes of the errors; the turn is 180 degrees where the heading is unknown.
    :param up: what is up in the tile: ``published`` as above, or ``north``.
    :param lists: folder of the lists; the root when ``None``.
    :raises DataSetError: naming the list that is missing or the line that is wrong.
    """

    def __init__(self, root: str | Path, split: str = 'train', *, noise: PriorNoise = NOISE,
                 up: str = 'published', lists: str | Path | None = None) -> None:
        if split not in LISTS:
            raise DataSetError(f'The split of KITTI is {split!r}; use {", ".join(LISTS)}.')
        if up not in ('published', 'north'):
            raise DataSetError(f'What is up in the tile is {up!r}; use published or north.')
        self.root, self.name = Path(root), f'kitti {split}'
        self.noise, self.up = noise, up
        path = (self.root if lists is None else Path(lists)) / LISTS[split]
        self.frames, self.listed_noise = _read_list(path, 1 if split == 'train' else 4)
        self.identifiers = tuple(
            f'{frame}#{row}' if split != 'train' else str(frame)
            for row, frame in enumerate(self.frames))

    def __len__(self) -> int:
        """Return the number of images; frames of the tests repeat with other noise."""
        return len(self.frames)

    @cached_property
    def positions(self) -> np.ndarray:
        """Read where all images were taken, ``(N, 2)`` in the published metres."""
        return np.array([read_record(frame.record(self.root)).camera_position
                         for frame in self.frames]).reshape(-1, 2)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return image, tile and navigation record."""
        frame = self.frames[index]
        return (frame.image(self.root), self.root / 'satmap' / str(frame),
                frame.record(self.root))

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the image.
        :param rng: draws the noise of training; without it tests have the listed noise, and
            training noise with a seed of its own for each image.
        """
        ground_file, tile_file, record_file = self.files(index)
        record, ground, tile = read_record(record_file), read_rgb(ground_file), read_rgb(tile_file)
        right, above, turn = self.placement(index, rng)
        up_heading = turn - record.yaw
        east, north = world_from_tile(right, above, up_heading)
        heading = 0.5 * math.pi - turn
        if self.up == 'north':
            right, above, heading, up_heading = east, north, heading + up_heading, 0.0
        return CrossViewSample(
            self.identifiers[index], ground,
            cut_square(tile, self._centre(tile, record, east, north), TILE_SIZE, up_heading),
            METRES_PER_PIXEL, right, above, heading, record.camera_position,
            left_colour_camera(self.root, self.frames[index].date, ground.shape[:2]),
            tile_heading=up_heading)

    def placement(self, index: int,
                  rng: np.random.Generator | None = None) -> tuple[float, float, float]:
        """
        Return where the camera stands in the turned tile.

        :param index: number of the image.
        :param rng: as in :meth:`sample`.
        :return: right and up from the centre [m], and how far the tile is turned
            counter-clockwise from "heading points right" [rad].
        """
        if self.listed_noise is not None and rng is None:
            # The published loader negates the shifts of its lists.
            listed = self.listed_noise[index]
            forward, left = (-listed[:2] * self.noise.size_m).tolist()
            turn = float(listed[2]) * self.noise.turn
        else:
            forward, left, turn = self.noise.draw(own_generator(index, rng))
        cosine, sine = math.cos(turn), math.sin(turn)
        return left * sine - forward * cosine, -left * cosine - forward * sine, turn

    @staticmethod
    def _centre(tile: np.ndarray, record: NavigationRecord, east: float,
                north: float) -> tuple[float, float]:
        """Return column and row of the crop's centre, from which the camera is east, north."""
        arm_east, arm_north = record.lever_arm
        return (0.5 * tile.shape[1] + (arm_east - east) / METRES_PER_PIXEL,
                0.5 * tile.shape[0] - (arm_north - north) / METRES_PER_PIXEL)


def _read_list(path: Path, count: int) -> tuple[tuple[FrameName, ...], np.ndarray | None]:
    """Read the frames, and the noise of tests ``(N, 3)`` float64 in [-1, 1]."""
    frames, noise = [], []
    for number, words in read_rows(path, count, 'the frames of the split'):
        frames.append(FrameName.parse(words[0]))
        values = parse_numbers(path, number, words[1:])
        if any(abs(value) > 1.0 for value in values):
            raise DataSetError(f'{path} line {number}: noise must lie in [-1, 1].')
        noise.append(values)
    return tuple(frames), np.array(noise).reshape(-1, 3) if count > 1 else None
