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

"""Every executable ends cleanly when asked and refuses bad parameters with a sentence."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest
import small_world

pytestmark = pytest.mark.ros
EXECUTABLES = ['perception', 'particle_filter', 'localizer']
READY = {'perception': 'image_batcher', 'particle_filter': 'particle_filter',
         'localizer': 'image_batcher'}
LONGEST_S = 2.0


class Process:
    """A running executable and what it says."""

    def __init__(self, name, *arguments):
        command = [sys.executable, '-m', f'xview_loc.ros.{name}', *arguments]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'PYTHONUNBUFFERED': '1'})

    def end(self, signal_number):
        """Send a signal; return exit code, seconds it took, and everything it said."""
        start = time.monotonic()
        self.process.send_signal(signal_number)
        output, errors = self.process.communicate(timeout=60.0)
        return self.process.returncode, time.monotonic() - start, output + errors

    def kill(self):
        """Make sure that nothing is left over."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def start():
    """Return a function that starts an executable; it is gone after the test."""
    processes = []

    def started(name, *arguments):
        processes.append(Process(name, *arguments))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()


def until_node(bench, name):
    """Wait until a node is up and reports."""
    bench.until(lambda: any(status.startswith(f'{name}: ') for status in bench.diagnostics),
                f'{name} reports', timeout=60.0)


@pytest.mark.parametrize('name', EXECUTABLES)
@pytest.mark.parametrize('signal_number', [signal.SIGINT, signal.SIGTERM])
def test_an_idle_process_ends_at_once_without_a_traceback(bench, start, name, signal_number):
    process = start(name)
    until_node(bench, READY[name])
    code, duration, said = process.end(signal_number)
    assert code == 0, said
    assert duration < LONGEST_S
    assert 'Traceback' not in said


@pytest.mark.parametrize('signal_number', [signal.SIGINT, signal.SIGTERM])
def test_a_working_process_ends_as_quickly(bench, start, tmp_path, signal_number):
    tiles = small_world.write_tiles(tmp_path / 'world.mbtiles')
    parameters = {
        'imagery': tiles, 'map_origin': list(small_world.DATUM), 'image_transport': 'compressed',
        'camera.projection': 'equirectangular', 'camera.z': small_world.CAMERA_HEIGHT}
    process = start('perception', '--ros-args', *(
        word for key, value in parameters.items() for word in ('-p', f'{key}:={value}')))
    until_node(bench, 'matcher')
    pixels = small_world.panorama(small_world.START)
    now = {'stamp': 100.0}

    def sense():
        now['stamp'] += 0.02
        bench.publish('search_prior', small_world.pose(small_world.START, now['stamp'], sigma=8.0))
        bench.publish('image/compressed', small_world.compressed_image(pixels, now['stamp']))

    def works():
        return ('matcher: inference' in bench.diagnostics
                and int(bench.value('matcher: inference', 'matches')) > 1)

    bench.until(works, 'matches', timeout=60.0, meanwhile=sense)
    for _ in range(20):
        sense()
    code, duration, said = process.end(signal_number)
    assert code == 0, said
    assert duration < LONGEST_S
    assert 'Traceback' not in said


@pytest.mark.parametrize('delay', [0.3, 0.6, 1.0])
def test_ctrl_c_while_it_starts_gives_no_traceback(start, delay):
    process = start('localizer')
    time.sleep(delay)
    _, duration, said = process.end(signal.SIGINT)
    assert duration < LONGEST_S + 1.0
    assert 'xview_loc/ros' not in said or 'Traceback' not in said


@pytest.mark.parametrize('name, parameter, sentence', [
    ('perception', 'match_rate:=0.0',
     'xview_loc: image_batcher: match_rate is 0.0; it must be in [0.01, 200] Hz.'),
    ('particle_filter', 'particle_count.minimum:=1.5',
     'xview_loc: particle_filter: particle_count.minimum is 1.5; it must be an integer'),
    ('localizer', 'search.radius.minimum:=90.0',
     'xview_loc: tile_manager: search.radius.minimum is 90.0 m; it must be at most')])
def test_a_bad_parameter_ends_the_start_with_one_sentence(start, name, parameter, sentence):
    process = start(name, '--ros-args', '-p', parameter)
    _, errors = process.process.communicate(timeout=60.0)
    assert process.process.returncode == 2
    assert sentence in errors
    assert 'Traceback' not in errors


def test_a_parameter_file_that_cannot_be_read_is_named(start, tmp_path):
    path = tmp_path / 'broken.yaml'
    path.write_text('/**:\n  ros__parameters:\n    a: [1\n')
    process = start('particle_filter', '--ros-args', '--params-file', str(path))
    _, errors = process.process.communicate(timeout=60.0)
    assert process.process.returncode == 2
    assert 'broken.yaml' in errors
    assert 'Traceback' not in errors


def test_the_packaged_parameter_file_is_accepted(bench, start, project_root: Path):
    process = start('localizer', '--ros-args', '--params-file',
                    str(project_root / 'config' / 'xview_loc.yaml'))
    until_node(bench, 'particle_filter')
    bench.until_diagnosed('tile_manager: state', 'set the parameter imagery')
    code, _, said = process.end(signal.SIGINT)
    assert code == 0, said
