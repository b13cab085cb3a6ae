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

"""What data sets offer, whatever their layout on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from xview_loc.learning.data.cross_view_sample import CrossViewSample, SatelliteTile


class TileGallery(Protocol):
    """The tiles among which retrieval searches."""

    @property
    def identifiers(self) -> Sequence[str]:
        """Return the names of the tiles; their order gives the tiles their numbers."""

    @property
    def positions(self) -> np.ndarray | None:
        """Return ``(M, 2)`` float64 east and north of the centres [m], if the data set tells."""

    def __len__(self) -> int:
        """Return the number of tiles."""

    def tile(self, index: int) -> SatelliteTile:
        """
        Read a tile.

        :raises DataSetError: naming the file that is missing or damaged.
        """

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the files that a tile is read from."""


class PairSource(Protocol):
    """
    Ground images with the tiles they belong to.

    Nothing is read before it is asked for, and reading is safe from several processes.
    """

    @property
    def name(self) -> str:
        """Return the data set and split, for tables and messages."""

    @property
    def identifiers(self) -> Sequence[str]:
        """Return the names of the ground images in the order of their numbers."""

    @property
    def positions(self) -> np.ndarray | None:
        """
        Return where the ground images were taken, if the data set tells.

        :return: ``(N, 2)`` float64 east and north in the plane of
            :attr:`.CrossViewSample.position` [m].
        """

    def __len__(self) -> int:
        """Return the number of ground images."""

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """
        Read a pair.

        :param index: of the ground image, 0 to ``len - 1``.
        :param rng: draws what training varies: the tile, noise of the pose. Without it the pair
            is the published one of tests, or drawn with a seed made of the index.
        :raises DataSetError: naming the file that is missing or damaged.
        """

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the files that a pair is read from."""


class RetrievalSource(PairSource, Protocol):
    """A data set that also tells which tiles of a gallery are right."""

    @property
    def matches(self) -> np.ndarray:
        """
        Return the right tiles of every ground image.

        :return: ``(N, K)`` int64 numbers in :meth:`gallery`: the positive first, then what does
            not count as an error (VIGOR's semi-positives); -1 fills up.
        """

    def gallery(self) -> TileGallery:
        """Return the tiles to search."""


def own_generator(index: int, rng: np.random.Generator | None) -> np.random.Generator:
    """
    Return the generator given, or one that depends on the number of the pair alone.

    :param index: number of the pair.
    :param rng: as in :meth:`PairSource.sample`.
    """
    return np.random.default_rng([0x5EED, index]) if rng is None else rng
