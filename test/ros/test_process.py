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


"""Processes end when ROS is shut down, whatever it interrupts, and show their own errors."""

import subprocess
import sys

import pytest

ENDED_WHILE_BUILDING = """
import rclpy
def build():
    rclpy.shutdown()
    raise RuntimeError('the context is not valid')
"""
WRONG = """
def build():
    raise RuntimeError('a mistake in the code')
"""


def ended(build: str) -> subprocess.CompletedProcess:
    """Run a process whose nodes are built by some code."""
    program = f'{build}\nfrom xview_loc.ros.process import run\nraise SystemExit(run(build, []))'
    return subprocess.run([sys.executable, '-c', program], capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.mark.ros
def test_shutdown_while_nodes_are_built_ends_quietly() -> None:
    process = ended(ENDED_WHILE_BUILDING)
    assert (process.returncode, process.stderr) == (0, '')


@pytest.mark.ros
def test_mistake_while_nodes_are_built_is_shown() -> None:
    process = ended(WRONG)
    assert process.returncode == 1
    assert 'a mistake in the code' in process.stderr


SHUT_DOWN_WITHOUT_WAKING = """
import threading
import rclpy
def build():
    from rclpy.node import Node
    node = Node('quiet')
    threading.Timer(0.5, rclpy.get_default_context().handle.shutdown).start()
    return [node]
"""


@pytest.mark.ros
def test_shutdown_that_wakes_nobody_ends_the_process() -> None:
    process = ended(SHUT_DOWN_WITHOUT_WAKING)
    assert (process.returncode, process.stderr) == (0, '')


ASKED_WHILE_ITS_ECHO_IS_HANDLED = """
import signal
import rclpy
from xview_loc.ros import process
is_up = process.is_up
def asked_late():
    signal.raise_signal(signal.SIGNUMBER)
    return is_up()
process.is_up = asked_late
def build():
    rclpy.shutdown()
    raise RuntimeError('the context is not valid')
"""
ASKED_WHILE_A_LIBRARY_IS_LOADED = """
import signal
def build():
    try:
        signal.raise_signal(signal.SIGNUMBER)
    except KeyboardInterrupt as interrupt:
        raise ImportError('initialization failed') from interrupt
"""
ASKED_IN_A_DESTRUCTOR = """
import signal
class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGNUMBER)
def build():
    from rclpy.node import Node
    node = Node('quiet')
    node.create_timer(0.05, Dying)
    return [node]
"""


@pytest.mark.ros
@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
@pytest.mark.parametrize('build', [
    ASKED_WHILE_ITS_ECHO_IS_HANDLED, ASKED_WHILE_A_LIBRARY_IS_LOADED, ASKED_IN_A_DESTRUCTOR],
    ids=['while its echo is handled', 'while a library is loaded', 'in a destructor'])
def test_signal_at_an_odd_moment_ends_the_process_quietly(build: str, name: str) -> None:
    process = ended(build.replace('SIGNUMBER', name))
    assert (process.returncode, process.stderr) == (0, '')
