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

"""What the code imports is what the requirement files and package.xml ask for."""

import ast
from pathlib import Path
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from source_tree import imported_modules, python_files

DISTRIBUTION = {'cv2': 'opencv-python-headless', 'yaml': 'pyyaml'}
# Found only where a system ROS provides them; each absence is reported by name.
OPTIONAL = {'tf2_ros', 'cv_bridge', 'launch', 'launch_ros', 'rosgraph_msgs'}
# Installed by the user who wants what needs it; `evaluate` and `map find` name the absence.
ON_DEMAND = {'evo', 'faiss'}
ROSDEP_KEY = {'cv2': 'python3-opencv', 'filterpy': 'python3-filterpy-pip',
              'numpy': 'python3-numpy', 'onnxruntime': 'python3-onnxruntime-pip',
              'pyproj': 'python3-pyproj', 'tf2_ros': 'tf2_ros_py', 'yaml': 'python3-yaml'}
# Brought by rclpy on every installation.
WITH_RCLPY = {'builtin_interfaces', 'lifecycle_msgs', 'rcl_interfaces', 'rosgraph_msgs'}


def required(root: Path, *names: str) -> set:
    """Return the names of the distributions in some requirement files."""
    text = '\n'.join((root / 'requirements' / f'{name}.txt').read_text() for name in names)
    return {match.lower() for match in re.findall(r'^([A-Za-z0-9_-]+)', text, re.M)}


def third_party(root: Path, *folders: str) -> set:
    """Return the top-level modules that are imported and are neither ours nor Python's."""
    names = {name.split('.')[0] for path in python_files(root, *folders)
             for name in imported_modules(path)}
    return names - set(sys.stdlib_module_names) - {'xview_loc', '__future__'}


@pytest.mark.parametrize('needs_training', [False, True], ids=['runtime', 'learning'])
def test_every_import_is_a_requirement(project_root: Path, needs_training: bool) -> None:
    folders = [path.relative_to(project_root).as_posix()
               for path in (project_root / 'xview_loc').iterdir()
               if path.is_dir() and (path.name == 'learning') == needs_training]
    listed = required(project_root, 'runtime', 'ros', *['train'] * needs_training)
    imports = set().union(*(third_party(project_root, folder) for folder in folders))
    missing = {name for name in imports - OPTIONAL - WITH_RCLPY - ON_DEMAND
               if DISTRIBUTION.get(name, name).lower() not in listed
               and 'ros-' + name.replace('_', '-') not in listed}
    assert missing == set()


def test_runtime_requirements_hold_no_training_library(project_root: Path) -> None:
    assert not required(project_root, 'runtime', 'ros') & {'torch', 'torchvision', 'lightning'}


@pytest.mark.parametrize('name', ['runtime', 'ros', 'relocalisation', 'test', 'train'])
def test_every_requirement_has_a_bound(project_root: Path, name: str) -> None:
    lines = (project_root / 'requirements' / f'{name}.txt').read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith('#')]
    assert entries
    assert [line for line in entries if not re.search(r'[=>]=\d', line)] == []


def test_package_xml_asks_for_every_ros_package_that_is_imported(project_root: Path) -> None:
    keys = {element.text for element in
            ElementTree.parse(project_root / 'package.xml').iter('exec_depend')}
    imports = third_party(project_root, 'xview_loc') | third_party(project_root, 'launch')
    from_ros = {name for name in imports
                if name.endswith('_msgs') or name in OPTIONAL | {'rclpy', 'std_srvs'}}
    keyed = {ROSDEP_KEY.get(name, name) for name in from_ros | (imports & set(ROSDEP_KEY))}
    assert keyed - WITH_RCLPY - {'cv_bridge'} - keys == set()


def test_optional_modules_are_imported_in_one_file_each(project_root: Path) -> None:
    files: dict = {}
    for path in python_files(project_root, 'xview_loc'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, 'module', '') or '']
                for name in {name.split('.')[0] for name in names} & {'tf2_ros', 'cv_bridge'}:
                    files.setdefault(name, set()).add(path.name)
    assert {name: found for name, found in files.items() if len(found) > 1} == {}
