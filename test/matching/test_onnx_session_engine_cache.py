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

"""Engines are kept, and moved away when they are damaged or refused."""

from pathlib import Path

import pytest
from scripted_sessions import images, Scripted

from xview_loc.errors import ConfigurationError
from xview_loc.matching.onnx_session import OnnxSessions


def test_damaged_engine_cache_is_moved_away_told_and_built_again(
        package, every_provider, tmp_path: Path) -> None:
    sessions = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    sessions.warm_up()
    assert (sessions.provider, sessions.warnings) == ('tensorrt', ())
    folder = next(tmp_path.iterdir())
    assert [path.name for path in folder.iterdir()] == ['manifest.json']
    (folder / 'ground.engine').write_bytes(b'engine')
    (folder / 'manifest.json').write_text('{"ground.engine": "another checksum"}')
    again = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    again.warm_up()
    assert again.provider == 'tensorrt'
    assert 'ground.engine does not have its checksum' in again.warnings[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        folder.name, f'{folder.name}.damaged']


def test_engine_that_tensorrt_refuses_is_moved_away_too(
        package, every_provider, tmp_path: Path) -> None:
    first = OnnxSessions(package, engine_cache=tmp_path, open_graph=Scripted())
    first.warm_up()
    folder = next(tmp_path.iterdir())
    (folder / 'new.engine').write_bytes(b'of another release')
    script = Scripted(open_faults={'tensorrt': 1})
    sessions = OnnxSessions(package, engine_cache=tmp_path, open_graph=script)
    sessions.run('ground', images())
    assert sessions.provider == 'tensorrt'
    assert 'the device is gone' in sessions.warnings[0]
    assert script.opened == [('tensorrt', 'ground')] * 2


def test_engine_cache_that_cannot_be_written_is_one_sentence(
        package, every_provider, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    sessions = OnnxSessions(package, engine_cache=tmp_path / 'file', open_graph=Scripted())
    with pytest.raises(ConfigurationError, match='engine_cache .* cannot be used'):
        sessions.run('ground', images())
