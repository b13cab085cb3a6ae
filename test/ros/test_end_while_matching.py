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

"""A process that is asked to end while a network runs neither waits for it nor aborts."""

from pathlib import Path
import signal
import subprocess
import sys
from threading import Event

from onnx_builder import OnnxBuilder
import pytest

from xview_loc.ros.worker import unfinished, Worker

pytestmark = pytest.mark.ros
# The worker runs a network again and again, as a match that takes longer than the end may wait.
BUSY = """
import sys
import numpy as np
from xview_loc.ros.process import run

def build():
    import onnxruntime
    from rclpy.node import Node
    from xview_loc.ros.worker import Worker
    session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])

    def work(image):
        print('working', flush=True)
        while True:
            session.run(None, {'x': image})

    class Busy(Node):
        def __init__(self):
            super().__init__('busy')
            self.worker = Worker('busy', work, print)
            self.worker.put(np.ones((100, 100), np.float32))

        def stop_workers(self):
            self.worker.stop()

    return [Busy()]

sys.exit(run(build, []))
"""


def test_no_abort_while_a_network_runs(tmp_path: Path) -> None:
    builder = OnnxBuilder({'x': (100, 100)})
    builder.save(tmp_path / 'network.onnx', {'y': (builder.add('MatMul', 'x', 'x'), (100, 100))})
    process = subprocess.Popen(
        [sys.executable, '-c', BUSY, str(tmp_path / 'network.onnx')], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == 'working\n'
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30.0)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert 'terminate' not in errors


def test_worker_in_a_long_call_is_told_until_it_returns() -> None:
    go_on, begun = Event(), Event()

    def work(_value: int) -> None:
        begun.set()
        go_on.wait(10.0)

    worker = Worker('long', work, print)
    worker.put(1)
    assert begun.wait(5.0)
    assert not worker.stop(timeout=0.01)
    assert unfinished() == ['long']
    go_on.set()
    assert worker.stop()
    assert unfinished() == []
