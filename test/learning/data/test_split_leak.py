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

"""Places that splits share."""

from pathlib import Path

from miniature_sets import CVACT_PANORAMAS, CVACT_PLACES, make_cvact, make_cvusa
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.cvact import CvactPairs
from xview_loc.learning.data.cvusa import CvusaPairs
from xview_loc.learning.data.split_leak import split_leak


def part_of(root: Path, rows: list[int]) -> CvactPairs:
    """Return some panoramas as a split."""
    return CvactPairs(root, [CVACT_PANORAMAS[row] for row in rows], CVACT_PLACES[rows])


def test_distances_to_the_nearest_training_place(tmp_path: Path) -> None:
    found = split_leak(part_of(tmp_path, [0]), part_of(tmp_path, [1, 2, 3, 4]))
    assert found.nearest_m == pytest.approx([5.0, 5.1, 50.0, 500.0])
    assert found.shares == {5.0: 0.25, 25.0: 0.5, 50.0: 0.75, 100.0: 0.75}
    assert found.shared_images == 0
    assert found.examples[0][:2] == (CVACT_PANORAMAS[1], CVACT_PANORAMAS[0])


def test_the_same_image_on_both_sides_is_found(tmp_path: Path) -> None:
    make_cvact(tmp_path)
    found = split_leak(part_of(tmp_path, [0, 1]), part_of(tmp_path, [1, 3]))
    assert found.shared_images == 1
    assert found.record()['nearest_train_m']['0 %'] == 0.0


def test_without_places_only_files_are_compared(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    found = split_leak(CvusaPairs(tmp_path), CvusaPairs(tmp_path, 'val'))
    assert (found.shared_images, found.nearest_m, found.shares) == (0, None, {})


def test_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='is empty'):
        split_leak(part_of(tmp_path, []), part_of(tmp_path, [0]))
    with pytest.raises(DataSetError, match='radii'):
        split_leak(part_of(tmp_path, [0]), part_of(tmp_path, [1]), [-1.0])
