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

"""What was made up once is the same from disk, and nothing else is taken for it."""

from pathlib import Path

from made_orthophotos import Scenes
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.kept_pairs import KeptPairs
from xview_loc.learning.data.tile_pairs import TilePairs
from xview_loc.learning.data.tile_placing import TilePairSettings, ViewKind


class Counted(TilePairs):
    """Counts how often a pair is made."""

    made = 0

    def sample(self, index, rng=None):
        self.made += 1
        return super().sample(index, rng)


def pairs(folder: Path, variants: int = 2, key: str = 'a', kind=ViewKind.PANORAMA) -> KeptPairs:
    source = Counted(Scenes(), settings=TilePairSettings(kind=kind))
    return KeptPairs(source, folder, variants, key)


@pytest.mark.parametrize('kind', list(ViewKind))
def test_a_pair_from_disk_is_the_one_that_was_made(tmp_path: Path, kind: ViewKind) -> None:
    own = pairs(tmp_path, 1, kind=kind)
    first = own.sample(0, np.random.default_rng(5))
    again = pairs(tmp_path, 1, kind=kind)
    second = again.sample(0, np.random.default_rng(6))
    assert own.source.made == 1 and again.source.made == 0
    assert first.heading == second.heading and first.east_m == second.east_m
    np.testing.assert_array_equal(first.ground, second.ground)
    np.testing.assert_array_equal(first.satellite, second.satellite)
    assert first.camera.model == second.camera.model
    np.testing.assert_array_equal(first.camera.base_from_camera, second.camera.base_from_camera)
    assert not list(own.folder.glob('.*'))


def test_there_are_as_many_variants_as_asked_and_one_that_is_fixed(tmp_path: Path) -> None:
    own = pairs(tmp_path, 3)
    headings = {own.sample(1, np.random.default_rng(seed)).heading for seed in range(25)}
    assert len(headings) == own.source.made == 3
    fixed = own.sample(1)
    assert fixed.heading == own.source.sample(1).heading
    assert fixed.heading not in headings


def test_a_damaged_file_is_made_again_and_another_key_is_not_taken(tmp_path: Path) -> None:
    own = pairs(tmp_path)
    before = own.sample(2)
    path, = own.folder.iterdir()
    path.write_bytes(path.read_bytes()[:300])
    np.testing.assert_array_equal(own.sample(2).ground, before.ground)
    np.savez(path, ground=before.ground)
    np.testing.assert_array_equal(own.sample(2).satellite, before.satellite)
    assert own.source.made == 3
    other = pairs(tmp_path, key='b')
    other.sample(2)
    assert other.source.made == 1 and other.folder != own.folder


def test_no_variant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='0 variants'):
        pairs(tmp_path, 0)
