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

"""
The core works without ROS, the runtime without torch.

`make lint` checks the import graph; here the modules are really imported, in a process in which
the forbidden libraries cannot be found.
"""

from pathlib import Path
import subprocess
import sys

import pytest
from source_tree import python_files

ROS = ['rclpy', 'tf2_ros', 'cv_bridge', 'sensor_msgs', 'nav_msgs', 'geometry_msgs', 'std_msgs',
       'std_srvs', 'visualization_msgs', 'diagnostic_msgs']
TORCH = ['torch', 'torchvision']
IMPORT_ALL = """
import importlib, sys


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in forbidden:
            raise ModuleNotFoundError(f'{name} is forbidden here', name=name)


forbidden, modules = sys.argv[1].split(','), sys.argv[2:]
sys.meta_path.insert(0, Absent())
for name in modules:
    importlib.import_module(name)
"""


def modules_of(root: Path, folders: list[str]) -> list[str]:
    """Name every module below some folders of the package."""
    paths = [path for folder in folders for path in python_files(root, f'xview_loc/{folder}')]
    names = ['.'.join(path.relative_to(root).with_suffix('').parts) for path in paths]
    return [name.removesuffix('.__init__') for name in names]


def import_without(root: Path, forbidden: list[str], modules: list[str]) -> str:
    """Import modules in a new process and return what went wrong, empty if nothing did."""
    process = subprocess.run(
        [sys.executable, '-c', IMPORT_ALL, ','.join(forbidden), *modules],
        cwd=root, capture_output=True, text=True, timeout=120)
    return process.stderr if process.returncode else ''


def test_core_imports_where_there_is_neither_ros_nor_torch(project_root: Path) -> None:
    modules = modules_of(
        project_root, ['geometry', 'imagery', 'camera', 'matching', 'filtering'])
    assert len(modules) > 5
    assert import_without(
        project_root, ROS + TORCH, [*modules, 'xview_loc.arrays', 'xview_loc.errors']) == ''


def test_recordings_simulation_and_reports_import_where_there_is_no_ros(
        project_root: Path) -> None:
    modules = modules_of(project_root, ['recordings', 'simulation', 'scenarios', 'report'])
    assert import_without(project_root, ROS + TORCH, modules) == ''


def test_data_sets_import_where_there_is_neither_ros_nor_torch(project_root: Path) -> None:
    modules = modules_of(project_root, ['learning/data'])
    with_torch = [name for name in modules if name.endswith('torch_pairs')]
    assert len(with_torch) == 1
    assert import_without(
        project_root, ROS + TORCH, [name for name in modules if name not in with_torch]) == ''


@pytest.mark.ros
def test_nodes_and_command_line_import_where_there_is_no_torch(project_root: Path) -> None:
    assert import_without(project_root, TORCH, modules_of(project_root, ['ros', 'cli'])) == ''


def test_a_forbidden_import_is_reported(project_root: Path) -> None:
    assert 'numpy' in import_without(project_root, ['numpy'], ['xview_loc.geometry.pose2'])
