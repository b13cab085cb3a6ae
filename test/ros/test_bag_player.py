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

"""Messages of a bag arrive complete, in order, and with their clock."""

import numpy as np
from played_bag import clock_seconds, COUNT, DEEP, player, warnings_of, write_bag
import pytest
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, Imu, NavSatFix

pytestmark = pytest.mark.ros


def test_messages_arrive_complete_in_order_and_undamaged(bench, tmp_path):
    images = bench.collect(Image, '/image', DEEP)
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'))
    node.start()
    bench.until(lambda: len(images) == len(fixes) == COUNT, 'everything has arrived')
    assert [fix.longitude for fix in fixes] == [8.0 + i for i in range(COUNT)]
    stamps = [(m.header.stamp.sec, m.header.stamp.nanosec) for m in images]
    assert stamps == sorted(stamps) and len(set(stamps)) == COUNT
    expected = np.arange(18, dtype=np.uint8)
    for i, image in enumerate(images):
        assert (image.height, image.width, image.encoding) == (2, 3, 'rgb8')
        assert np.array_equal(np.frombuffer(image.data, np.uint8), expected + i)
    bench.until(lambda: node.finished, 'the player has finished')
    assert node.error is None


def test_clock_runs_with_the_bag_and_never_back(bench, tmp_path):
    clocks = bench.collect(Clock, '/clock', DEEP)
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'))
    node.start()
    bench.until(lambda: node.finished and len(fixes) == COUNT, 'the player has finished')
    bench.until(lambda: clock_seconds(clocks[-1]) >= 1.9, 'the clock has reached the end')
    times = [clock_seconds(message) for message in clocks]
    assert times[0] == 0.0
    assert times == sorted(times)


def test_loop_jumps_back_and_repeats(bench, tmp_path):
    clocks = bench.collect(Clock, '/clock', DEEP)
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'), loop=True)
    node.start()
    bench.until(lambda: len(fixes) >= 2 * COUNT + 5, 'two passes have arrived')
    node.stop_workers()
    assert [fix.longitude - 8.0 for fix in fixes[:2 * COUNT + 5]] == [
        i % COUNT for i in range(2 * COUNT + 5)]
    times = [clock_seconds(message) for message in clocks]
    jumps = [later for earlier, later in zip(times, times[1:]) if later < earlier]
    assert jumps and all(jump == 0.0 for jump in jumps)


def test_offset_and_duration_cut_the_bag(bench, tmp_path):
    clocks = bench.collect(Clock, '/clock', DEEP)
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'), start_offset=0.5, duration=0.75)
    node.start()
    bench.until(lambda: node.finished, 'the player has finished')
    bench.until(lambda: len(fixes) == 8, 'its part has arrived')
    assert [fix.longitude - 8.0 for fix in fixes] == list(range(5, 13))
    assert clock_seconds(clocks[0]) == 0.5


def test_without_subscribers_it_plays_after_the_wait(bench, tmp_path, monkeypatch):
    warnings = warnings_of(monkeypatch)
    node = player(bench, write_bag(tmp_path / 'bag'), wait_for_subscribers_s=0.2)
    node.start()
    bench.until(lambda: node.finished, 'the player has finished')
    assert warnings == ['Playing after 0.2 s without the subscribers waited for.']


def test_no_clock_when_switched_off(bench, tmp_path):
    node = player(bench, write_bag(tmp_path / 'bag'), clock_rate=0.0)
    assert '/clock' not in dict(node.get_publisher_names_and_types_by_node('bag_player', '/'))


def test_real_ros1_bag_plays(bench, shared_data):
    imu = bench.collect(Imu, '/imu/data', DEEP)
    node = player(bench, shared_data / 'ros1_bag' / 'test1.bag', rate=20.0, duration=20.0,
                  wait_for_topics='/imu/data')
    node.start()
    bench.until(lambda: node.finished, 'the player has finished')
    bench.until(lambda: len(imu) >= 590, 'the inertial data have arrived')
    assert imu[0].header.frame_id == 'imu_link'
    assert imu[0].header.stamp.nanosec == 988949113
    assert imu[0].orientation.x == pytest.approx(0.4441650138815254)
