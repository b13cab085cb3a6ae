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

"""Fixtures and rules shared by all tests."""

import fcntl
import importlib.util
from itertools import count
import os
from pathlib import Path
import signal
import sys
import tempfile
from typing import Iterator

import pytest

TESTS = Path(__file__).resolve().parent
SHARED_DATA = TESTS.parents[1] / 'shared' / 'data'
# Domain ids up to 101 keep the middleware's ports below Linux's ephemeral range.
LAST_ROS_DOMAIN = 101
ROS_DOMAINS_TAKEN = count()

# Helper modules beside the tests are imported by their plain name, unique among all tests.
sys.path += [str(path) for path in (TESTS, *sorted(TESTS.rglob('*')))
             if path.is_dir() and path.name != '__pycache__']


def pytest_collection_modifyitems(items: list) -> None:
    """Skip what this machine cannot run, with the reason."""
    missing = {}
    if importlib.util.find_spec('rclpy') is None:
        missing['ros'] = 'rclpy is not installed'
    if not has_cuda_device():
        missing['gpu'] = 'no CUDA device'
    for item in items:
        for marker, reason in missing.items():
            if marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=reason))


def has_cuda_device() -> bool:
    """Tell whether the NVIDIA driver shows a device to this process."""
    return Path('/dev/nvidia0').exists()


@pytest.fixture
def shared_data() -> Path:
    """Return the folder with real recordings, or skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f'real fixtures are not at {SHARED_DATA}')
    return SHARED_DATA


@pytest.fixture(scope='session')
def project_root() -> Path:
    """Return the folder that holds ``setup.py``."""
    return TESTS.parent


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let SIGINT interrupt, which shells let the processes that they start behind them ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def ros_domain() -> Iterator[int]:
    """
    Reserve a ROS domain that no other test on this machine uses at the same time.

    Nor did the test before it: nodes that have just ended stay in a domain's graph for a while.
    """
    start = (os.getpid() + next(ROS_DOMAINS_TAKEN)) % LAST_ROS_DOMAIN
    for offset in range(LAST_ROS_DOMAIN):
        domain = 1 + (start + offset) % LAST_ROS_DOMAIN
        path = Path(tempfile.gettempdir()) / f'xview_loc_ros_domain_{domain}_{os.getuid()}.lock'
        with path.open('w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield domain
            return
    pytest.fail(f'all {LAST_ROS_DOMAIN} ROS domains are in use by other tests')


@pytest.fixture(autouse=True)
def isolated_ros(request: pytest.FixtureRequest) -> None:
    """
    Keep the nodes of a test marked ``ros``, and its child processes, among themselves.

    Own domain, discovery on this machine only, logs in the test's temporary folder.
    """
    if request.node.get_closest_marker('ros') is None:
        return
    patch = request.getfixturevalue('monkeypatch')
    patch.setenv('ROS_DOMAIN_ID', str(request.getfixturevalue('ros_domain')))
    patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    patch.setenv('ROS_HOME', str(request.getfixturevalue('tmp_path') / 'ros_home'))
    for name in ('ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS', 'ROS_LOG_DIR'):
        patch.delenv(name, raising=False)
