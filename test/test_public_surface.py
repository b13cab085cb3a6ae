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

"""The names that ``public_surface.yaml`` promises still exist."""

import dataclasses
from importlib import import_module
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

PROMISED = yaml.safe_load(Path(__file__).with_name('public_surface.yaml').read_text())


def look_up(dotted: str) -> Any:
    """Return the class or function of a dotted name."""
    module, _, name = dotted.rpartition('.')
    return getattr(import_module(module), name)


@pytest.mark.parametrize('name', PROMISED['classes'])
def test_class_offers_what_is_promised(name: str) -> None:
    promised = look_up(name)
    offered = set(dir(promised)) | set(getattr(promised, '__annotations__', {}))
    if dataclasses.is_dataclass(promised):
        offered |= {field.name for field in dataclasses.fields(promised)}
    assert set(PROMISED['classes'][name]) - offered == set()


@pytest.mark.parametrize('name', PROMISED['functions'])
def test_function_exists(name: str) -> None:
    assert callable(look_up(name))


@pytest.mark.parametrize('command', PROMISED['commands'])
@pytest.mark.ros
def test_command_takes_the_promised_options(command: str) -> None:
    from typer.main import get_command
    from xview_loc.cli.main import app
    commands = get_command(app).commands
    offered = {option for parameter in commands[command].params for option in parameter.opts}
    assert set(PROMISED['commands'][command]) - offered == set()


@pytest.mark.ros
def test_match_prints_the_promised_keys(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from xview_loc.cli.main import main
    random = np.random.default_rng(1)
    for name, shape in (('ground', (96, 256, 3)), ('satellite', (200, 200, 3))):
        cv2.imwrite(str(tmp_path / f'{name}.png'), random.integers(0, 255, shape, np.uint8))
    code = main([
        'match', '--ground', str(tmp_path / 'ground.png'), '--projection', 'equirectangular',
        '--satellite', str(tmp_path / 'satellite.png'), '--mpp', '0.25', '--offset-range', '4',
        '--json'])
    assert code == 0
    assert set(PROMISED['match_json']) - set(json.loads(capsys.readouterr().out)) == set()
