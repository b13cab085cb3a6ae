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

"""The bag player, inside one process."""

from pathlib import Path

import numpy as np
import pytest
from rclpy.node import Node
from rclpy.qos import QoSProfile
from ros_bench import overrides, RosBench
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, Imu, NavSatFix
from std_srvs.srv import SetBool

from xview_loc.errors import ConfigurationError, RecordingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_messages import nav_sat_fix
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.ros import bag_publishers
from xview_loc.ros.bag_player import BagPlayer
from xview_loc.ros.qos import LATCHED

pytestmark = pytest.mark.ros

START = 1_700_000_000
COUNT = 20
# Ten times the rate of the bag outruns a test that shares its process with the player.
DEEP = QoSProfile(depth=1000)


def write_bag(path: Path) -> Path:
    """Write two seconds of images, fixes and odometry at 10 Hz, and a latched fix."""
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    with BagWriter(path) as writer:
        writer.write('/origin', nav_sat_fix(float(START), 49.5, 8.5, 0.0, 'earth'),
                     float(START), latched=True)
        for i in range(COUNT):
            stamp_ns = START * 10**9 + i * 10**8
            writer.write_image('/image', stamp_ns, pixels + i, 'camera')
            writer.write_fix('/fix', stamp_ns, 49.0, 8.0 + i, 100.0)
            writer.write_odometry('/odometry/filtered', stamp_ns, Pose2(i, 0, 0))
    return path


def player(bench: RosBench, bag: Path, **parameters) -> BagPlayer:
    """Return a player that waits for its subscribers, not started."""
    values = {'wait_for_subscribers_s': 10.0, 'wait_for_topics': '/fix', 'rate': 10.0,
              **parameters}
    return bench.add(BagPlayer(parameter_overrides=overrides(bag=str(bag), **values)),
                     start=False)


def clock_seconds(message: Clock) -> float:
    """Return the time of a clock message from the start of the bag [s]."""
    return message.clock.sec - START + message.clock.nanosec * 1e-9


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


def test_pause_stops_time_and_resume_goes_on(bench, tmp_path):
    clocks = bench.collect(Clock, '/clock', DEEP)
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'), rate=1.0)
    client = bench.tester.create_client(SetBool, '/bag_player/set_paused')
    node.start()
    bench.until(lambda: len(fixes) >= 3, 'some fixes have arrived')
    call(bench, client, True)
    bench.until(lambda: clock_seconds(clocks[-1]) > 0.1 and clocks[-1] == clocks[-9],
                'the clock stands still')
    stood_at, count = clocks[-1], len(fixes)
    assert count < COUNT
    bench.spin(0.5)
    assert clocks[-1] == stood_at
    assert len(fixes) == count
    call(bench, client, False)
    bench.until(lambda: len(fixes) == COUNT, 'the rest has arrived')
    assert [fix.longitude for fix in fixes] == [8.0 + i for i in range(COUNT)]


def call(bench, client, value):
    """Call the service and return its answer."""
    bench.until(client.service_is_ready, 'the service is there')
    future = client.call_async(SetBool.Request(data=value))
    bench.until(future.done, 'the service has answered')
    assert future.result().success
    assert future.result().message == ('paused' if value else 'playing')


def test_start_paused_waits_for_the_service(bench, tmp_path):
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'), start_paused=True)
    client = bench.tester.create_client(SetBool, '/bag_player/set_paused')
    node.start()
    bench.spin(1.5)
    assert fixes == []
    call(bench, client, False)
    bench.until(lambda: len(fixes) == COUNT, 'everything has arrived')


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


def test_latched_messages_from_before_the_offset_are_not_lost(bench, tmp_path):
    origins = bench.collect(NavSatFix, '/origin', LATCHED)
    bench.collect(NavSatFix, '/fix', DEEP)
    player(bench, write_bag(tmp_path / 'bag'), start_offset=1.0).start()
    bench.until(lambda: origins, 'the latched message has arrived')
    assert origins[0].latitude == 49.5


def test_late_subscriber_gets_latched_messages(bench, tmp_path):
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    player(bench, write_bag(tmp_path / 'bag')).start()
    bench.until(lambda: len(fixes) == COUNT, 'the bag has been played')
    origins = bench.collect(NavSatFix, '/origin', LATCHED)
    bench.until(lambda: origins, 'the latched message has arrived')


def test_topics_are_chosen_and_renamed(bench, tmp_path):
    fixes = bench.collect(NavSatFix, '/vehicle/gnss', DEEP)
    node = player(bench, write_bag(tmp_path / 'bag'), topics='/fix, /image',
                  exclude_topics='/image', remappings='/fix:=/vehicle/gnss',
                  wait_for_topics='/vehicle/gnss')
    node.start()
    bench.until(lambda: len(fixes) == COUNT, 'everything has arrived')
    published = dict(node.get_publisher_names_and_types_by_node('bag_player', '/'))
    assert '/fix' not in published and '/image' not in published


def test_types_that_are_not_installed_are_skipped_with_one_warning(bench, tmp_path, monkeypatch):
    warnings = warnings_of(monkeypatch)
    known = bag_publishers.message_class
    monkeypatch.setattr(bag_publishers, 'message_class',
                        lambda name: None if name == 'sensor_msgs/msg/Image' else known(name))
    fixes = bench.collect(NavSatFix, '/fix', DEEP)
    player(bench, write_bag(tmp_path / 'bag')).start()
    bench.until(lambda: len(fixes) == COUNT, 'the rest has arrived')
    assert warnings == [
        'Not played, because their message types are not installed: '
        '/image (sensor_msgs/msg/Image).']


def warnings_of(monkeypatch):
    """Return a list that fills with the warnings of nodes."""
    warnings = []

    class Logger:
        """Keeps warnings."""

        def warning(self, text):
            warnings.append(text)

        def info(self, text):
            pass

    monkeypatch.setattr(Node, 'get_logger', lambda self: Logger())
    return warnings


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


def test_truncated_bag_is_refused_with_its_name(bench, tmp_path):
    bag = write_bag(tmp_path / 'bag')
    path = bag / 'bag.mcap'
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RecordingError, match='bag'):
        player(bench, bag)


@pytest.mark.parametrize('parameters, reason', [
    ({'bag': ''}, 'bag is empty'),
    ({'rate': 0.0}, r'rate is 0.0; it must be in \[0.01, 100\]'),
    ({'rate': 1}, 'rate is 1; it must be a floating point number'),
    ({'start_offset': -1.0}, 'start_offset is -1.0; it must be at least 0'),
    ({'remappings': '/a->/b'}, 'remappings holds "/a->/b"; each rule must be /from:=/to')])
def test_refused_parameters_are_named_with_what_is_allowed(bench, tmp_path, parameters, reason):
    values = {'bag': str(write_bag(tmp_path / 'bag')), **parameters}
    with pytest.raises(ConfigurationError, match=reason):
        BagPlayer(parameter_overrides=overrides(**values))


def test_offset_beyond_the_end_is_refused(bench, tmp_path):
    with pytest.raises(RecordingError, match=r'start_offset is 7.0 s; .*bag lasts 1.9 s'):
        player(bench, write_bag(tmp_path / 'bag'), start_offset=7.0)


def test_bag_without_playable_topics_is_refused(bench, tmp_path):
    with pytest.raises(RecordingError, match='no topic that can be played'):
        player(bench, write_bag(tmp_path / 'bag'), topics='/nothing')


@pytest.mark.parametrize('parameters', [{'loop': True}, {'clock_rate': 0.0}])
def test_lockstep_needs_a_clock_and_an_end(isolated_ros, bench, tmp_path, parameters):
    with pytest.raises(ConfigurationError, match='lockstep_nodes is set'):
        player(bench, write_bag(tmp_path / 'bag'), lockstep_nodes='particle_filter', **parameters)
