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

"""Packages are found by path and by name."""

from pathlib import Path

import pytest
from tiny_packages import tiny_package

from xview_loc.errors import MatchingError
from xview_loc.matching.model_folders import find_package, model_folders, package_folders


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Return two folders of packages; both hold one called ``a``."""
    made = [tmp_path / 'first', tmp_path / 'second']
    for folder, names in zip(made, (('a', 'b'), ('a', 'c'))):
        for name in names:
            tiny_package(folder / name, 'safa')
    (made[0] / 'README.md').write_text('no package')
    (made[0] / 'empty').mkdir()
    return made


def test_the_repository_and_every_ament_prefix_are_looked_into(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / 'prefix' / 'share' / 'xview_loc' / 'models'
    installed.mkdir(parents=True)
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{tmp_path / "prefix"}:{tmp_path / "absent"}')
    assert installed in model_folders()
    assert all(folder.is_dir() for folder in model_folders())


def test_packages_are_listed_by_name_the_first_of_each(folders: list[Path]) -> None:
    first, second = folders
    assert package_folders(folders) == [first / 'a', first / 'b', second / 'c']
    assert package_folders([]) == []


def test_name_of_the_folder_and_name_of_the_package_are_known(folders: list[Path]) -> None:
    assert find_package('c', folders) == folders[1] / 'c'
    assert find_package('untrained_safa', folders) == folders[0] / 'a'


def test_path_wins_over_a_name(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders[1])
    assert find_package('a', folders[:1]) == Path('a')
    assert find_package('./nowhere/x', folders) == Path('nowhere/x')


def test_folder_that_only_has_the_name_does_not_hide_a_package(
        folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'a').mkdir()
    (tmp_path / 'other').mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_package('a', folders) == folders[0] / 'a'
    assert find_package('other', folders) == Path('other')


def test_unknown_name_says_what_there_is(folders: list[Path]) -> None:
    with pytest.raises(MatchingError, match="no matcher 'd'; .* or one of bev, a, b, c"):
        find_package('d', folders)


def test_description_that_cannot_be_read_does_not_stop_the_search(folders: list[Path]) -> None:
    (folders[0] / 'a' / 'model.yaml').write_text('a: [')
    assert find_package('untrained_safa', folders) == folders[0] / 'b'
