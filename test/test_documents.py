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

"""What the documents name exists, under that name."""

import ast
from pathlib import Path
import re
from typing import Any

import pytest
from source_tree import python_files

DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'QUALITY_DECLARATION.md',
             'models/README.md']
# Made by `make`, by a run, or by the user.
NOT_CHECKED_IN = ('out/', '.venv', 'my.yaml', 'index.json', 'model.yaml')
ENDPOINTS = {'listen': 1, 'advertise': 1, 'create_service': 1}


def words_of(path: Path) -> list[str]:
    """List what stands between back quotes."""
    return re.findall(r'`([^`\n]+)`', path.read_text())


def table_rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its two header rows."""
    section = text.split(f'\n{heading}\n', 1)[1].split('\n## ', 1)[0]
    rows = [line.strip().strip('|').split('|') for line in section.splitlines()
            if line.startswith('|')]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize('name', DOCUMENTS)
def test_every_file_named_in_a_document_exists(project_root: Path, name: str) -> None:
    known = {path.relative_to(project_root).as_posix()
             for folder in ('xview_loc', 'test', 'config', 'launch', 'models', 'requirements')
             for path in (project_root / folder).rglob('*')}
    known |= {path.name for path in project_root.iterdir()} | {'.ci/run', 'shared/data'}
    suffixes = ('.py', '.yaml', '.xml', '.md', '.rst', '.txt', '.rviz', '.cfg')
    named = {word for word in words_of(project_root / name)
             if word.endswith(suffixes) and ' ' not in word and '<' not in word
             and not word.startswith(NOT_CHECKED_IN)}
    missing = {word for word in named
               if not any(path == word or path.endswith('/' + word) for path in known)}
    assert missing == set()


@pytest.mark.parametrize('name', DOCUMENTS)
def test_every_make_target_named_in_a_document_exists(project_root: Path, name: str) -> None:
    makefile = (project_root / 'Makefile').read_text()
    named = set(re.findall(r'(?:^|`)make ([a-z-]+)', (project_root / name).read_text(), re.M))
    missing = {target for target in named if not re.search(rf'^{target}:', makefile, re.M)}
    assert missing == set()


@pytest.mark.parametrize('name', DOCUMENTS)
def test_every_module_named_in_a_document_exists(project_root: Path, name: str) -> None:
    named = {word for word in words_of(project_root / name)
             if re.fullmatch(r'(xview_loc\.)?(?!numpy)[a-z_]+(\.[a-z_]+)+\.[A-Z]\w+', word)}
    missing = set()
    for word in named:
        module, _, attribute = word.removeprefix('xview_loc.').rpartition('.')
        path = project_root / 'xview_loc' / (module.replace('.', '/') + '.py')
        if not path.is_file() or f'class {attribute}' not in path.read_text():
            missing.add(word)
    assert missing == set()


def topics_in_source(root: Path) -> set:
    """Collect the names that nodes pass to their endpoints."""
    names = {'image', 'image/compressed', 'camera_info', '/tf', '/diagnostics'}
    for path in python_files(root, 'xview_loc/ros'):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ENDPOINTS):
                name = node.args[ENDPOINTS[node.func.attr]]
                if isinstance(name, ast.Constant):
                    names.add(name.value)
    return names


def test_readme_lists_every_topic_and_service_of_the_nodes(project_root: Path) -> None:
    text = (project_root / 'README.md').read_text()
    listed = {name for row in table_rows(text, '## Topics')
              for name in re.findall(r'`([^`]+)`', row[0])}
    services = set(re.findall(r'`([~a-z_/]+)`\n?\s*\(std_srvs/', text))
    assert listed | services == topics_in_source(project_root)


@pytest.mark.ros
def test_readme_lists_every_command(project_root: Path) -> None:
    from typer.main import get_command
    from xview_loc.cli.main import app
    rows = table_rows((project_root / 'README.md').read_text(), '## The command line')
    assert {row[0].strip('`').split()[1] for row in rows} == set(get_command(app).commands)


def parameters_of_nodes() -> dict[str, dict[str, Any]]:
    """Return the default of every parameter by node and name."""
    from xview_loc.ros.filter_notes import FILTER_NOTES
    from xview_loc.ros.image_batcher_config import ImageBatcherConfig
    from xview_loc.ros.matcher_config import MatcherConfig
    from xview_loc.ros.parameters import table_of
    from xview_loc.ros.particle_filter_config import ParticleFilterNodeConfig
    from xview_loc.ros.tile_manager_config import TileManagerConfig
    tables = {
        'image_batcher': table_of(ImageBatcherConfig),
        'matcher': table_of(MatcherConfig),
        'tile_manager': table_of(TileManagerConfig),
        'particle_filter': table_of(ParticleFilterNodeConfig, FILTER_NOTES),
        'every node': [],
    }
    defaults = {node: {row.name: row.default for row in table} for node, table in tables.items()}
    defaults['every node']['autostart'] = True
    return defaults


def as_written(value: Any) -> str:
    """Write a default the way the README does."""
    if value == ():
        return 'not set'
    if isinstance(value, bool):
        return f'`{value}`'.lower()
    return "`''`" if value == '' else f'`{value}`'


@pytest.mark.ros
def test_readme_states_names_and_defaults_of_parameters_as_the_nodes_do(
        project_root: Path) -> None:
    rows = table_rows((project_root / 'README.md').read_text(), '## Parameters')
    defaults = parameters_of_nodes()
    assert rows
    for node, name, default, _ in rows:
        assert as_written(defaults[node][name.strip('`')]) == default, name
