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

"""Parts of a data set are disjoint, keep the gallery, and refuse to be empty."""

import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cross_view_sample import CrossViewSample
from xview_loc.learning.data.part_of_pairs import random_part


class Pairs:
    """Ten pairs whose tile shows their number."""

    name = 'ten'
    identifiers = [f'p{index}' for index in range(10)]
    positions = np.arange(20.0).reshape(10, 2)

    def __len__(self) -> int:
        return 10

    def sample(self, index: int, rng: np.random.Generator | None = None) -> CrossViewSample:
        image = np.full((2, 2, 3), index, np.uint8)
        return CrossViewSample(self.identifiers[index], image, image, 1.0)

    def files(self, index: int) -> tuple:
        return (self.identifiers[index],)


class PairsWithTiles(Pairs):
    """The same with a gallery."""

    matches = np.arange(10)[:, None] + 100

    def gallery(self) -> str:
        return 'all tiles'


def test_two_parts_make_the_whole_and_keep_names_files_and_positions() -> None:
    parts = [random_part(Pairs(), 0.0, 0.7), random_part(Pairs(), 0.7, 1.0)]
    assert [len(part) for part in parts] == [7, 3]
    names = [name for part in parts for name in part.identifiers]
    assert sorted(names) == Pairs.identifiers
    for part in parts:
        for index, name in enumerate(part.identifiers):
            number = int(name[1:])
            assert part.sample(index).identifier == name
            assert part.files(index) == (name,)
            assert np.array_equal(part.positions[index], Pairs.positions[number])
    assert not hasattr(parts[0], 'gallery')


def test_the_gallery_stays_whole() -> None:
    part = random_part(PairsWithTiles(), 0.5, 1.0)
    assert part.gallery() == 'all tiles'
    assert part.matches[:, 0].tolist() == [100 + int(name[1:]) for name in part.identifiers]


@pytest.mark.parametrize('start, end', [(0.5, 0.5), (-0.1, 0.5), (0.2, 1.2), (0.0, 0.01)])
def test_parts_that_hold_nothing_are_refused(start: float, end: float) -> None:
    with pytest.raises(DataSetError, match='part'):
        random_part(Pairs(), start, end)
