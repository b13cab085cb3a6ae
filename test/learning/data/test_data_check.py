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

"""Checking data sets for what is missing or contradicts itself."""

from pathlib import Path

from miniature_sets import (
    CVACT_PANORAMAS, make_cvact, make_cvusa, make_kitti_cvl, make_vigor, VIGOR_ROWS, write_image)
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data import cvusa
from xview_loc.learning.data.data_check import check_data_set


@pytest.fixture
def published_miniature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the miniature of CVUSA for all that was published."""
    monkeypatch.setitem(cvusa.PUBLISHED_COUNTS, 'train', 3)
    monkeypatch.setitem(cvusa.PUBLISHED_COUNTS, 'val', 2)


@pytest.mark.usefixtures('published_miniature')
def test_a_complete_data_set_has_no_problems(tmp_path: Path) -> None:
    found = check_data_set('cvusa', make_cvusa(tmp_path))
    assert [(part.split, part.listed, part.files, part.missing) for part in found] == [
        ('train', 3, 6, 0), ('val', 2, 4, 0)]
    assert all(not part.problems for part in found)
    assert any('28 x 154' in note for note in found[0].notes)


def test_a_list_of_another_length_is_reported(tmp_path: Path) -> None:
    part, = check_data_set('cvusa', make_cvusa(tmp_path), ['val'])
    assert part.problems == ['cvusa val lists 2 pairs; published are 8884.']


@pytest.mark.usefixtures('published_miniature')
def test_missing_files_are_counted_and_the_first_named(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    (tmp_path / 'bingmap' / '19' / '0000002.jpg').unlink()
    part, = check_data_set('cvusa', tmp_path, ['train'], samples=0)
    assert part.missing == 1
    assert '1 of 6 files' in part.problems[0] and '0000002.jpg' in part.problems[0]


@pytest.mark.usefixtures('published_miniature')
def test_images_that_cannot_be_read_and_sizes_that_differ_are_found(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    (tmp_path / 'streetview' / 'panos' / '0000001.jpg').write_bytes(b'broken')
    write_image(tmp_path / 'bingmap' / '19' / '0000002.jpg', 60, 90)
    part, = check_data_set('cvusa', tmp_path, ['train'])
    assert len(part.problems) == 1 and '0000001.jpg cannot be decoded' in part.problems[0]
    assert part.tile_shapes == [(60, 90), (75, 75)]


@pytest.mark.usefixtures('published_miniature')
def test_an_image_that_is_listed_twice_is_found(tmp_path: Path) -> None:
    make_cvusa(tmp_path, train=2)
    path = tmp_path / 'splits' / 'train-19zl.csv'
    path.write_text(path.read_text() + '\n' + path.read_text().splitlines()[0])
    part, = check_data_set('cvusa', tmp_path, ['train'], samples=0)
    assert part.problems == ['cvusa train names 1 images more than once.']


def test_a_missing_list_is_a_finding_and_the_other_splits_go_on(tmp_path: Path) -> None:
    make_cvusa(tmp_path)
    (tmp_path / 'splits' / 'train-19zl.csv').unlink()
    train, val = check_data_set('cvusa', tmp_path)
    assert train.listed is None and 'train-19zl.csv is missing' in train.problems[0]
    assert val.listed == 2


def test_panoramas_without_images_are_missing_here_though_loaders_skip_them(
        tmp_path: Path) -> None:
    part, = check_data_set('cvact', make_cvact(tmp_path), ['test'], samples=0)
    assert part.listed == 5 and part.missing == 2
    assert CVACT_PANORAMAS[4] in part.first_missing[0].name


def test_labels_from_file_names_and_tiles_that_no_label_names_are_noted(tmp_path: Path) -> None:
    make_vigor(tmp_path, corrected=False)
    _, tile, _, _ = VIGOR_ROWS['Chicago']
    (tmp_path / 'Chicago' / 'satellite' / tile).unlink()
    part, = check_data_set('vigor', tmp_path, ['cross-test'])
    assert 'SanFrancisco, Chicago are computed' in part.notes[0]
    assert part.missing == 1 and part.files == 2 + 18


def test_the_number_of_tiles_is_compared_too(tmp_path: Path) -> None:
    part, = check_data_set('vigor', make_vigor(tmp_path), ['cross-test'], samples=0)
    assert part.problems == [
        'vigor cross-test lists 2 pairs; published are 53694.',
        'vigor cross-test searches 18 tiles; published are 46563.']
    part, = check_data_set('vigor', tmp_path, ['same-train'], samples=0)
    assert 'published are 90618' in part.problems[1]


def test_all_frames_of_sequences_are_looked_for(tmp_path: Path) -> None:
    make_kitti_cvl(tmp_path)
    drive = tmp_path / 'raw_data' / '2011_09_26' / '2011_09_26_drive_0001_sync'
    (drive / 'oxts' / 'data' / '0000000039.txt').unlink()
    part, = check_data_set('kitti_cvl', tmp_path, ['test'], samples=0)
    assert part.missing == 1 and part.first_missing[0].name == '0000000039.txt'


def test_progress_ends_at_the_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    check_data_set('cvusa', make_cvusa(tmp_path), ['train'], samples=2,
                   progress=lambda *step: told.append(step))
    assert told[-1] == ('cvusa train: images', 2, 2)
    assert ('cvusa train: files', 3, 3) in told


def test_an_unknown_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='no data set'):
        check_data_set('imagenet', tmp_path)
