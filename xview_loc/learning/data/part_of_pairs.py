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

"""A part of a data set, where no list of validation pairs was published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.pair_source import PairSource


class PartOfPairs:
    """
    Some pairs of a source, with the gallery of all; satisfies :class:`.pair_source.PairSource`.

    :param source: all pairs.
    :param members: their numbers.
    """

    def __init__(self, source: PairSource, members: np.ndarray) -> None:
        self.source, self.members = source, frozen(members, np.int64)
        self.name = f'{source.name}, {len(members)} of {len(source)}'
        self.identifiers = [source.identifiers[index] for index in self.members]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.members)

    @property
    def positions(self) -> np.ndarray | None:
        """Return ``(N, 2)`` float64 east and north [m], if the source tells."""
        positions = self.source.positions
        return None if positions is None else positions[self.members]

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        """Read a pair of the source."""
        return self.source.sample(int(self.members[index]), rng)

    def files(self, index: int) -> tuple[Path, ...]:
        """Return the files of a pair."""
        return self.source.files(int(self.members[index]))


class PartWithGallery(PartOfPairs):
    """The same of a source with a gallery; satisfies :class:`.pair_source.RetrievalSource`."""

    @property
    def matches(self) -> np.ndarray:
        """Return the right tiles of every pair, in the gallery of the whole source."""
        source: Any = self.source
        return source.matches[self.members]

    def gallery(self) -> Any:
        """Return the tiles of the whole source."""
        source: Any = self.source
        return source.gallery()


def random_part(source: PairSource, start: float, end: float, seed: int = 42) -> PartOfPairs:
    """
    Return the pairs between two shares of a random order; parts that do not overlap are disjoint.

    :param source: all pairs.
    :param start: share of the pairs before the part, 0 to 1.
    :param end: share up to its end.
    :param seed: of the order.
    :raises DataSetError: when the part holds no pair.
    """
    if not 0.0 <= start < end <= 1.0:
        raise DataSetError(
            f'a part from {start} to {end}; it must start at 0 or later and end at most at 1.')
    order = np.random.default_rng(seed).permutation(len(source))
    members = np.sort(order[round(start * len(order)):round(end * len(order))])
    if len(members) == 0:
        raise DataSetError(f'{source.name} has too few pairs for the part {start} to {end}.')
    kind = PartWithGallery if hasattr(source, 'gallery') else PartOfPairs
    return kind(source, members)
