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

"""Time stands still while the bag player is paused."""

from played_bag import clock_seconds, COUNT, DEEP, player, write_bag
import pytest
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import NavSatFix
from std_srvs.srv import SetBool

pytestmark = pytest.mark.ros


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
