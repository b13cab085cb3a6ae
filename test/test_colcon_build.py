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

"""``colcon build`` makes the package, and its nodes start from the installation."""

import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import time
from typing import Iterator

import pytest

pytestmark = pytest.mark.ros
SOURCES = ('setup.py', 'setup.cfg', 'package.xml', 'LICENSE', 'requirements', 'resource', 'launch',
           'config', 'models', 'xview_loc')


@pytest.fixture(scope='module')
def workspace(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a colcon workspace that holds nothing but this package."""
    pytest.importorskip('colcon_ros', reason='colcon-common-extensions is not installed')
    root = tmp_path_factory.mktemp('workspace')
    package = root / 'src' / 'xview_loc'
    package.mkdir(parents=True)
    for name in SOURCES:
        source = project_root / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, package / name)
    colcon(root, 'build')
    return root


def colcon(root: Path, *arguments: str) -> str:
    """Run colcon in a workspace and return what it prints."""
    environment = {**os.environ, 'COLCON_HOME': str(root / 'colcon_home'),
                   'AMENT_PREFIX_PATH': '', 'PYTHONWARNINGS': 'ignore'}
    done = subprocess.run(
        [sys.executable, '-m', 'colcon', '--log-base', str(root / 'log'), *arguments],
        cwd=root, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_colcon_takes_it_for_an_ament_python_package(workspace: Path) -> None:
    assert colcon(workspace, 'list').split() == [
        'xview_loc', 'src/xview_loc', '(ros.ament_python)']


def test_the_installation_is_an_ament_prefix(workspace: Path, project_root: Path) -> None:
    prefix = workspace / 'install' / 'xview_loc'
    assert (prefix / 'share/ament_index/resource_index/packages/xview_loc').is_file()
    installed = {path.name for path in (prefix / 'share/xview_loc/launch').glob('*.launch.py')}
    assert installed == {path.name for path in (project_root / 'launch').glob('*.launch.py')}


@pytest.fixture
def start(workspace: Path, tmp_path: Path) -> Iterator:
    """Return a function that starts an installed executable the way ``ros2 run`` does."""
    processes = []

    def start_executable(name: str, *arguments: str) -> tuple:
        log = tmp_path / f'{name}.log'
        command = f'. install/setup.bash; exec install/xview_loc/lib/xview_loc/{name} "$@"'
        environment = {**os.environ, 'PATH': f'{Path(sys.executable).parent}:{os.environ["PATH"]}'}
        with log.open('w') as output:
            process = subprocess.Popen(
                ['bash', '-c', command, name, *arguments], cwd=workspace, env=environment,
                stdout=output, stderr=subprocess.STDOUT)
        processes.append(process)
        return process, log

    yield start_executable
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize('name', ['perception', 'particle_filter', 'localizer'])
def test_an_installed_node_starts_and_stops_cleanly(start, name: str) -> None:
    process, log = start(name)
    nodes = {'perception': 'matcher', 'localizer': 'matcher'}.get(name, name)
    assert wait_for_node(nodes, process), log.read_text()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0, log.read_text()
    assert 'Traceback' not in log.read_text()


def wait_for_node(name: str, process: subprocess.Popen, deadline_s: float = 30.0) -> bool:
    """Tell whether a node of that name appears in the graph while its process lives."""
    import rclpy
    context = rclpy.Context()
    rclpy.init(context=context)
    observer = rclpy.create_node('observer', context=context)
    end = time.monotonic() + deadline_s
    executor = rclpy.executors.SingleThreadedExecutor(context=context)
    try:
        while time.monotonic() < end and process.poll() is None:
            executor.spin_once(timeout_sec=0.1)
            if name in observer.get_node_names():
                return True
        return False
    finally:
        observer.destroy_node()
        rclpy.shutdown(context=context)
