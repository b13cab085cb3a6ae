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

"""The bag player as the process that people start."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from rclpy.qos import qos_profile_sensor_data, QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image, NavSatFix

from xview_loc.recordings.bag_writer import BagWriter

pytestmark = pytest.mark.ros

START = 1_700_000_000.0


def start(bag: Path, *parameters: str, **options) -> subprocess.Popen:
    """Start the player."""
    command = [sys.executable, '-m', 'xview_loc.ros.bag_player', '--ros-args', '-p', f'bag:={bag}']
    for parameter in parameters:
        command += ['-p', parameter]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            **options)


def finish(process: subprocess.Popen, timeout: float = 60.0) -> str:
    """Wait for the end and return what was printed."""
    try:
        return process.communicate(timeout=timeout)[0]
    finally:
        process.kill()


def write_fixes(path: Path, count: int) -> Path:
    """Write fixes at 10 Hz."""
    with BagWriter(path) as writer:
        for i in range(count):
            writer.write_fix('/fix', START + 0.1 * i, 49.0, 8.0 + i, 100.0)
    return path


def test_end_of_the_bag_is_success(isolated_ros, tmp_path):
    process = start(write_fixes(tmp_path / 'bag', 5))
    printed = finish(process)
    assert process.returncode == 0, printed
    assert 'Played 5 messages' in printed


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('parameter', [
    'rate:=1.0', 'start_paused:=true', 'wait_for_subscribers_s:=60.0', 'loop:=true'])
def test_interrupt_ends_within_two_seconds(bench, tmp_path, number, parameter):
    clocks = bench.collect(Clock, '/clock')
    process = start(write_fixes(tmp_path / 'bag', 600), parameter)
    bench.until(lambda: len(clocks) > 10, 'the player is running')
    process.send_signal(number)
    asked = time.monotonic()
    printed = finish(process)
    assert time.monotonic() - asked < 2.0
    assert process.returncode == 0, printed
    assert 'Traceback' not in printed


@pytest.mark.parametrize('bag, parameters, reason', [
    ('nothing', (), 'nothing does not exist; name a bag.'),
    ('bag', ('rate:=0.0',), 'rate is 0.0; it must be in [0.01, 100].')])
def test_refusal_is_one_sentence_and_code_2(isolated_ros, tmp_path, bag, parameters, reason):
    write_fixes(tmp_path / 'bag', 5)
    process = start(tmp_path / bag, *parameters)
    printed = finish(process)
    assert process.returncode == 2
    assert reason in printed
    assert 'Traceback' not in printed


def test_damage_in_the_middle_is_code_2_after_what_could_be_played(bench, tmp_path):
    bag = tmp_path / 'bag'
    pixels = np.repeat(np.arange(256, dtype=np.uint8), 3 * 1500).reshape(-1, 500, 3)
    with BagWriter(bag, compressed=True) as writer:
        for i in range(20):
            writer.write_image('/image', START + 0.1 * i, pixels, 'camera')
            writer.write_fix('/fix', START + 0.1 * i, 49.0, 8.0 + i, 100.0)
    path = bag / 'bag.mcap'
    data = bytearray(path.read_bytes())
    data[len(data) // 2:len(data) // 2 + 100] = bytes(100)
    path.write_bytes(data)
    fixes = bench.collect(NavSatFix, '/fix')
    process = start(bag, 'wait_for_subscribers_s:=10.0', 'wait_for_topics:=/fix')
    bench.until(lambda: process.poll() is not None, 'the player has ended')
    printed = finish(process)
    assert process.returncode == 2, printed
    assert f'{bag} is damaged or truncated' in printed
    assert 'Traceback' not in printed
    assert len(fixes) >= 3


@pytest.mark.parametrize('kind', ['raw', 'compressed'])
def test_camera_of_kitti_size_arrives_without_loss(bench, tmp_path, project_root, kind):
    """10 Hz, 1242 x 375, best-effort subscriber, the shipped profile on the publisher."""
    count = 30
    write_camera(tmp_path / 'bag', count, kind)
    profile = str(project_root / 'config' / 'fastdds_large_images.xml')
    topic, message = (('/image', Image) if kind == 'raw'
                      else ('/image/compressed', CompressedImage))
    images = bench.collect(message, topic, qos_profile_sensor_data)
    process = start(
        tmp_path / 'bag', 'wait_for_subscribers_s:=10.0', f'wait_for_topics:={topic}',
        env={**os.environ, 'FASTRTPS_DEFAULT_PROFILES_FILE': profile,
             'FASTDDS_DEFAULT_PROFILES_FILE': profile})
    bench.until(lambda: process.poll() is not None, 'the player has ended')
    printed = finish(process)
    assert process.returncode == 0, printed
    bench.until(lambda: len(images) == count, 'every image has arrived')
    stamps = [image.header.stamp.sec + image.header.stamp.nanosec * 1e-9 for image in images]
    assert np.diff(stamps) == pytest.approx(0.1, abs=1e-6)
    assert all(image.data[:2].tobytes() == bytes([i, 7]) for i, image in enumerate(images))


def write_camera(path: Path, count: int, kind: str) -> None:
    """Write images of the size of KITTI, numbered in their first byte."""
    with BagWriter(path) as writer:
        for i in range(count):
            pixels = np.zeros((375, 1242, 3), np.uint8)
            pixels[0, 0, :2] = i, 7
            if kind == 'raw':
                writer.write_image('/image', START + 0.1 * i, pixels, 'camera')
            else:
                data = bytes([i, 7]) + bytes(100_000)
                writer.write_compressed_image('/image/compressed', START + 0.1 * i, data, 'camera')


@pytest.mark.slow
def test_clock_drifts_less_than_a_millisecond_per_minute(bench, tmp_path):
    with BagWriter(tmp_path / 'bag') as writer:
        writer.write_fix('/fix', START, 49.0, 8.0, 0.0)
        writer.write_fix('/fix', START + 62.0, 49.0, 8.0, 0.0)
    received = []
    bench.listen(Clock, '/clock', lambda message: received.append(
        (time.monotonic(), message.clock.sec + message.clock.nanosec * 1e-9)),
        QoSProfile(depth=10))
    process = start(tmp_path / 'bag', 'wait_for_subscribers_s:=10.0')
    bench.until(lambda: process.poll() is not None, 'the player has ended', timeout=90.0)
    finish(process)
    wall, bag = np.array([pair for pair in received if START + 1 < pair[1] < START + 61.5]).T
    delay = wall - bag
    # The quickest deliveries of the first and of the last seconds show the clock itself.
    early, late = delay[bag < bag[0] + 5.0].min(), delay[bag > bag[-1] - 5.0].min()
    assert abs(late - early) < 1e-3 * (bag[-1] - bag[0]) / 60.0
