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

"""Everything a user starts or edits is installed where ROS looks for it."""

import ast
import configparser
from importlib.util import find_spec
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

EXECUTABLES = {'bag_player', 'localizer', 'particle_filter', 'perception'}


def run_setup(root: Path, *arguments: str) -> None:
    """Run one setup.py command quietly."""
    subprocess.run([sys.executable, '-W', 'ignore', 'setup.py', '--quiet', *arguments],
                   cwd=root, check=True, capture_output=True, text=True, timeout=120)


def files_below(root: Path, folder: str) -> set:
    """List the files of a folder of the project, relative to the project, without caches."""
    return {path.relative_to(root).as_posix() for path in (root / folder).rglob('*')
            if path.is_file() and '__pycache__' not in path.parts}


@pytest.fixture(scope='module')
def share(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the data files into an empty prefix and return its share folder."""
    prefix = tmp_path_factory.mktemp('prefix')
    run_setup(project_root, 'install_data', '--install-dir', str(prefix))
    return prefix / 'share'


@pytest.fixture(scope='module')
def console_scripts(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Return ``{name: 'module:function'}`` of the scripts that setup.py declares."""
    folder = tmp_path_factory.mktemp('metadata')
    run_setup(project_root, 'egg_info', '--egg-base', str(folder))
    entries = configparser.ConfigParser(delimiters='=')
    entries.read(folder / 'xview_loc.egg-info' / 'entry_points.txt')
    return dict(entries['console_scripts'])


@pytest.mark.parametrize('folder', ['launch', 'config', 'models'])
def test_every_file_of_a_share_folder_is_installed(
        project_root: Path, share: Path, folder: str) -> None:
    expected = files_below(project_root, folder)
    assert expected
    assert files_below(share / 'xview_loc', folder) == expected


def test_package_marker_and_manifest_are_installed(share: Path) -> None:
    assert (share / 'ament_index/resource_index/packages/xview_loc').is_file()
    assert (share / 'xview_loc' / 'package.xml').is_file()


def test_every_file_of_the_package_is_installed(project_root: Path, tmp_path: Path) -> None:
    run_setup(project_root, 'egg_info', '--egg-base', str(tmp_path),
              'build_py', '--build-lib', str(tmp_path))
    assert files_below(tmp_path, 'xview_loc') == files_below(project_root, 'xview_loc')


def test_every_executable_and_the_command_are_declared(console_scripts: dict) -> None:
    assert set(console_scripts) == EXECUTABLES | {'xview-loc'}


@pytest.mark.parametrize('name', sorted(EXECUTABLES | {'xview-loc'}))
def test_a_script_points_at_a_function(console_scripts: dict, name: str) -> None:
    module, function = console_scripts[name].split(':')
    spec = find_spec(module)
    assert spec is not None, module
    tree = ast.parse(Path(str(spec.origin)).read_text())
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    imported = {alias.asname or alias.name for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert function in defined | imported


def test_makefile_links_the_executables_that_setup_py_declares(project_root: Path) -> None:
    found = re.search(r'^EXECUTABLES := (.*)$', (project_root / 'Makefile').read_text(), re.M)
    assert found is not None
    assert set(found[1].split()) == EXECUTABLES


@pytest.fixture
def ament_prefix(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Announce the running environment as an ament prefix, or skip where it is none."""
    pytest.importorskip('ament_index_python')
    prefix = Path(sys.prefix)
    if not (prefix / 'setup.bash').is_file():
        pytest.skip('this environment was not built by make')
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(prefix))
    return prefix


def test_the_environment_is_an_ament_prefix(ament_prefix: Path) -> None:
    from ament_index_python.packages import (
        get_package_share_directory, get_packages_with_prefixes)
    assert get_packages_with_prefixes()['xview_loc'] == str(ament_prefix)
    share = Path(get_package_share_directory('xview_loc'))
    assert {path.name for path in share.iterdir()} == {'package.xml', 'launch', 'config', 'models'}


def test_the_environment_holds_the_executables_ros2_run_looks_for(ament_prefix: Path) -> None:
    folder = ament_prefix / 'lib' / 'xview_loc'
    assert {path.name for path in folder.iterdir() if os.access(path, os.X_OK)} == EXECUTABLES


def test_setup_bash_puts_the_environment_first(ament_prefix: Path) -> None:
    shown = subprocess.run(
        ['bash', '-c', f'. {ament_prefix}/setup.bash; command -v python3; '
                       'echo "$AMENT_PREFIX_PATH"'],
        env={'PATH': os.environ['PATH'], 'AMENT_PREFIX_PATH': '/opt/ros/jazzy'},
        capture_output=True, text=True, check=True).stdout.split()
    assert shown == [f'{ament_prefix}/bin/python3', f'{ament_prefix}:/opt/ros/jazzy']
