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

"""The bag player chooses, renames and latches topics."""

from played_bag import COUNT, DEEP, player, warnings_of, write_bag
import pytest
from sensor_msgs.msg import NavSatFix

from xview_loc.ros import bag_publishers
from xview_loc.ros.qos import LATCHED

pytestmark = pytest.mark.ros


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
