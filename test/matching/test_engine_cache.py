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

"""Engines are used again only when they are the ones that were built."""

from pathlib import Path

import pytest

from xview_loc.matching.engine_cache import EngineCache


def built(folder: Path, *identity: str) -> EngineCache:
    """Return a sealed cache with two engines."""
    cache = EngineCache(folder, 'cvml', identity or ('sha', '1.20', 'tensorrt', 'float32'))
    assert cache.open() == ''
    for name in ('satellite.engine', 'ground.engine'):
        (cache.folder / name).write_bytes(name.encode() * 50)
    cache.seal()
    return cache


def test_what_was_sealed_is_kept(tmp_path: Path) -> None:
    cache = built(tmp_path)
    assert cache.open() == ''
    assert not cache.is_empty


def test_another_version_has_another_folder(tmp_path: Path) -> None:
    first = built(tmp_path, 'sha', '1.20')
    assert EngineCache(tmp_path, 'cvml', ('sha', '1.21')).folder != first.folder
    assert EngineCache(tmp_path, 'cvml', ('sha', '1.20')).folder == first.folder
    assert EngineCache(tmp_path, 'cvml', ('sha1', '.20')).folder != first.folder


def cut_short(folder: Path) -> None:
    path = folder / 'ground.engine'
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(('damage', 'reason'), [
    (cut_short, 'ground.engine does not have its checksum'),
    (lambda folder: (folder / 'satellite.engine').unlink(), 'satellite.engine is missing'),
    (lambda folder: (folder / 'manifest.json').unlink(), 'it was left unfinished'),
    (lambda folder: (folder / 'manifest.json').write_text('{'), 'manifest.json cannot be read')])
def test_damaged_engines_are_moved_away_with_a_sentence(tmp_path: Path, damage, reason) -> None:
    cache = built(tmp_path)
    damage(cache.folder)
    warning = cache.open()
    assert warning.endswith(f'and is built again: {reason}.')
    assert cache.is_empty
    aside = cache.folder.with_name(cache.folder.name + '.damaged')
    assert any(aside.iterdir())
    assert cache.open() == ''


def test_only_the_newest_damage_is_kept(tmp_path: Path) -> None:
    for _ in range(3):
        built(tmp_path).move_away('a test')
    assert len(list(tmp_path.iterdir())) == 2
