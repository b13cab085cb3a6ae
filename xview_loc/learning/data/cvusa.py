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
CVUSA: street-side panoramas of the whole USA, each with the aerial tile centred on it.

Layout: ``splits/train-19zl.csv`` and ``splits/val-19zl.csv`` without header,
``bingmap/19/<id>.jpg,streetview/panos/<id>.jpg,streetview/annotations/<id>.png``; tiles of
750 x 750 and strips of 224 x 1232 pixels. The third field is not used.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile
from xview_loc.learning.data.image_files import read_rgb
from xview_loc.learning.data.list_file import read_rows
from xview_loc.learning.data.panorama import panorama_camera

LISTS = {'train': 'splits/train-19zl.csv', 'val': 'splits/val-19zl.csv'}
PUBLISHED_COUNTS = {'train': 35_532, 'val': 8_884}
# Zoom 19 at 39 degrees. The lists hold no places; over the USA it is 0.196 to 0.271.
METRES_PER_PIXEL = 0.232
PUBLISHED_TILE_SIZE = 750
CAMERA_HEIGHT_M = 2.5
HORIZON = 0.60


class CvusaPairs:
    """
    One split of CVUSA; satisfies :class:`.pair_source.RetrievalSource`.

    North is at the centre column of every strip. The camera is taken to be 2.5 m high with the
    horizon at 0.60 of the height, the values that fitted best on thirteen pairs.

    :param root: folder of the data set.
    :param split: ``train`` or ``val``.
    :param metres_per_pixel: of tiles of 750 pixels; see :data:`METRES_PER_PIXEL`.
    :raises DataSetError: naming the list that is missing or the line that is wrong.
    """

    positions: np.ndarray | None = None

    def __init__(self, root: str | Path, split: str = 'train', *,
                 metres_per_pixel: float = METRES_PER_PIXEL) -> None:
        if split not in LISTS:
            raise DataSetError(f'The split of CVUSA is {split!r}; use {" or ".join(LISTS)}.')
        self.root, self.name = Path(root), f'cvusa {split}'
        self.metres_per_pixel = metres_per_pixel
        rows = read_rows(self.root / LISTS[split], (2, 3), 'the pairs of the split', ',')
        self._pairs = [(words[0], words[1]) for _, words in rows]
        self.identifiers = tuple(Path(ground).stem for _, ground in self._pairs)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._pairs)

    @property
    def matches(self) -> np.ndarray:
        """Return ``(N, 1)`` int64: every image has the tile of its own row."""
        return np.arange(len(self))[:, None]

    def gallery(self) -> CvusaPairs:
        """Return the tiles of the split."""
        return self

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the ground image and the tile of a pair."""
        satellite, ground = self._pairs[index]
        return self.root / ground, self.root / satellite

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: number of the pair.
        :param rng: not used: nothing varies.
        """
        ground = read_rgb(self.files(index)[0])
        tile = self.tile(index)
        return CrossViewSample(
            self.identifiers[index], ground, tile.image, tile.metres_per_pixel, heading=0.0,
            camera=panorama_camera(ground.shape[:2], CAMERA_HEIGHT_M, HORIZON))

    def tile(self, index: int) -> SatelliteTile:
        """Read the tile of a pair."""
        image = read_rgb(self.files(index)[1])
        scale = PUBLISHED_TILE_SIZE / image.shape[1]
        return SatelliteTile(self.identifiers[index], image, self.metres_per_pixel * scale)
