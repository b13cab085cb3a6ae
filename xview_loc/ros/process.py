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

"""Start, spin and end a process of nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import ctypes
import os
import signal
import sys
import traceback
from typing import Any, TYPE_CHECKING

from xview_loc.errors import ConfigurationError, XviewLocError
from xview_loc.ros.interruption import interruption

if TYPE_CHECKING:
    from rclpy.node import Node

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_MEBIBYTE = 1 << 20
# A signal may wake the executor before ROS is shut down, and nothing would wake it again.
_LONGEST_WAIT_S = 0.5


def tune_process() -> None:
    """
    Set what must be set before numpy and OpenCV are loaded.

    Keeping big blocks in the heap saves the page faults that dominate the reception of images.
    One thread per linear algebra call leaves the cores to the stages of the pipeline. Variables
    the user has set win.
    """
    for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS',
                 'OPENCV_FOR_THREADS_NUM'):
        os.environ.setdefault(name, '1')
    if not sys.platform.startswith('linux') or 'MALLOC_MMAP_THRESHOLD_' in os.environ:
        return
    try:
        libc = ctypes.CDLL('libc.so.6')
        libc.mallopt(_M_MMAP_THRESHOLD, 256 * _MEBIBYTE)
        libc.mallopt(_M_TRIM_THRESHOLD, 512 * _MEBIBYTE)
    except (AttributeError, OSError):
        return  # another C library: an optimisation is missing, nothing else


def run(build: Callable[[], Sequence[Node]], args: Sequence[str] | None = None) -> int:
    """
    Run nodes on one single-threaded executor until the process is asked to end.

    What is slow to load is imported in here, so that Ctrl-C at any time ends without a traceback.
    With a worker still inside a long call, of a network for instance, the process is left at once
    instead of returning: native code that comes back to an ending Python aborts.

    :param build: creates the nodes; may import what is slow to load.
    :param args: command line; that of the process when ``None``.
    :return: exit code: 0 after Ctrl-C or SIGTERM, 2 when a parameter is refused.
    """
    code = _run(build, args)
    if 'xview_loc.ros.worker' in sys.modules:
        from xview_loc.ros.worker import unfinished
        if unfinished():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return code


def _run(build: Callable[[], Sequence[Node]], args: Sequence[str] | None) -> int:
    """Run and close the nodes and return the exit code."""
    nodes: Sequence[Node] = ()
    started = False
    interruption.install()
    try:
        with interruption.interruptible():
            tune_process()
            start_ros(args)
            started = True
            nodes = build()
            for node in nodes:
                if hasattr(node, 'start'):
                    node.start()
        spin(nodes)
    except KeyboardInterrupt:
        return 0
    except XviewLocError as error:
        print(f'xview_loc: {error}', file=sys.stderr)
        return 2
    except Exception:
        # ROS is shut down a moment before Python hears of Ctrl-C, and libraries that were being
        # loaded make other errors of it: what fails then is its echo.
        if not interruption.asked and (not started or is_up()):
            raise
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # asking twice must not disturb the end
        close(nodes)
    return 0


def start_ros(args: Sequence[str] | None) -> None:
    """
    Initialise ROS.

    :param args: command line; that of the process when ``None``.
    :raises ConfigurationError: when the arguments or the parameter file cannot be read.
    """
    import rclpy
    from rclpy.impl.implementation_singleton import rclpy_implementation
    try:
        rclpy.init(args=args)
    except rclpy_implementation.RCLError as error:
        raise ConfigurationError(f'ROS does not start: {error}') from error


def is_up() -> bool:
    """Tell whether ROS has been started and not been shut down."""
    import rclpy
    return bool(rclpy.ok())


def spin(nodes: Sequence[Node]) -> None:
    """
    Spin nodes until the process is asked to end.

    An exception that escapes a callback is logged and does not end the process: the filter must
    keep dead-reckoning whatever one bad message does.

    :param nodes: nodes of this process.
    """
    import rclpy
    from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
    executor = SingleThreadedExecutor()
    for node in nodes:
        executor.add_node(node)
    while rclpy.ok() and not interruption.asked:
        try:
            executor.spin_once(timeout_sec=_LONGEST_WAIT_S)
        except ExternalShutdownException:
            break
        except Exception as error:
            if rclpy.ok():
                nodes[0].get_logger().error(
                    f'A callback failed: {error!r}\n{traceback.format_exc()}')
    executor.shutdown(timeout_sec=0.5)


def close(nodes: Sequence[Any]) -> None:
    """Stop the workers, destroy the nodes and shut ROS down."""
    if 'rclpy' not in sys.modules:
        return
    import rclpy
    for node in nodes:
        if hasattr(node, 'stop_workers'):
            node.stop_workers()
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()
