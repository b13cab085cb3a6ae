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

"""Which lists of VIGOR are used, and what stands in for missing ones."""

from pathlib import Path

from miniature_sets import make_vigor, VIGOR_ROWS
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.vigor_layout import city_labels, LabelKind, tile_names


def test_corrected_labels_are_read_where_they_are(tmp_path: Path) -> None:
    found = city_labels(make_vigor(tmp_path), 'Chicago', 'same', 'test', LabelKind.CORRECTED)
    assert not found.recomputed
    assert tuple(found.labels.offsets[0, 0]) == (23.0, -29.0)
    assert tuple(found.labels.offsets[0, 1]) == (330.0, -20.0)


@pytest.mark.parametrize('city', VIGOR_ROWS)
def test_missing_corrected_labels_are_computed_from_the_original_list(
        tmp_path: Path, city: str) -> None:
    root = make_vigor(tmp_path, corrected=False)
    found = city_labels(root, city, 'same', 'test', LabelKind.CORRECTED)
    assert found.recomputed and not found.chosen
    if city != 'SanFrancisco':
        assert tuple(found.labels.offsets[0, 0]) == VIGOR_ROWS[city][2:]
    else:
        np.testing.assert_allclose(found.labels.offsets[0, 0], VIGOR_ROWS[city][2:], atol=2.0)


def test_every_panorama_of_a_city_follows_from_the_file_names_alone(tmp_path: Path) -> None:
    root = make_vigor(tmp_path, corrected=False, original=False)
    found = city_labels(root, 'Chicago', 'cross', 'test', LabelKind.CORRECTED)
    assert found.recomputed and found.chosen
    assert found.labels.panoramas == (VIGOR_ROWS['Chicago'][0],)
    assert found.labels.tiles[0][0] == VIGOR_ROWS['Chicago'][1]
    assert tuple(found.labels.offsets[0, 0]) == (23.0, -29.0)


def test_the_halves_of_same_area_cannot_be_guessed(tmp_path: Path) -> None:
    root = make_vigor(tmp_path, corrected=False, original=False)
    with pytest.raises(DataSetError, match='same_area_balanced_test.txt are missing'):
        city_labels(root, 'Chicago', 'same', 'test', LabelKind.CORRECTED)


def test_original_labels_are_never_made_up(tmp_path: Path) -> None:
    root = make_vigor(tmp_path)
    found = city_labels(root, 'Chicago', 'same', 'train', LabelKind.ORIGINAL)
    assert tuple(found.labels.offsets[0, 0]) == (10.0, -20.0)
    (root / 'splits' / 'Chicago' / 'same_area_balanced_train.txt').unlink()
    with pytest.raises(DataSetError, match='is missing; it holds original labels'):
        city_labels(root, 'Chicago', 'same', 'train', LabelKind.ORIGINAL)


def test_mercator_labels_are_always_computed(tmp_path: Path) -> None:
    found = city_labels(make_vigor(tmp_path), 'Seattle', 'same', 'train', LabelKind.MERCATOR)
    np.testing.assert_allclose(found.labels.offsets[0, 0], (156.267, 41.169), atol=2e-3)


def test_corrected_labels_under_the_original_names_are_found(tmp_path: Path) -> None:
    root = make_vigor(tmp_path, corrected=False)
    (root / 'splits').rename(root / 'splits_new')
    found = city_labels(root, 'Chicago', 'same', 'train', LabelKind.CORRECTED)
    assert not found.recomputed and tuple(found.labels.offsets[0, 0]) == (10.0, -20.0)


def test_tiles_come_from_the_list_or_else_from_the_folder(tmp_path: Path) -> None:
    root = make_vigor(tmp_path)
    listed = tile_names(root, 'Chicago')
    assert len(listed) == 9
    (root / 'splits' / 'Chicago' / 'satellite_list.txt').unlink()
    assert set(tile_names(root, 'Chicago')) == set(listed)
    with pytest.raises(DataSetError, match='one of them must tell the tiles of Boston'):
        tile_names(root, 'Boston')
