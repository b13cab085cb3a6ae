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

"""The quality of service that recorded topics are played with."""

import pytest
from rclpy.qos import DurabilityPolicy, HistoryPolicy, ReliabilityPolicy
from rosbags.interfaces import QosReliability

from xview_loc.recordings.bag_reader import BagTopic
from xview_loc.recordings.bag_writer import qos
from xview_loc.ros.recorded_qos import recorded_qos


def topic(profile, *, count=5, latched=False):
    """Return a recorded topic."""
    return BagTopic('/a', 'sensor_msgs/msg/Imu', count, profile, latched)


@pytest.mark.parametrize('reliability, expected', [
    (QosReliability.RELIABLE, ReliabilityPolicy.RELIABLE),
    (QosReliability.BEST_EFFORT, ReliabilityPolicy.BEST_EFFORT),
    (QosReliability.SYSTEM_DEFAULT, ReliabilityPolicy.RELIABLE),
    (QosReliability.UNKNOWN, ReliabilityPolicy.RELIABLE)])
def test_reliability_is_the_recorded_one(reliability, expected):
    profile = recorded_qos(topic(qos(7)._replace(reliability=reliability)))
    assert profile.reliability == expected
    assert profile.depth == 7
    assert profile.history == HistoryPolicy.KEEP_LAST


def test_latched_topic_keeps_the_messages_of_all_its_publishers():
    profile = recorded_qos(topic(qos(1, latched=True), count=4, latched=True))
    assert profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert profile.depth == 4


def test_ros1_topic_without_profile_is_reliable():
    profile = recorded_qos(topic(None))
    assert profile.reliability == ReliabilityPolicy.RELIABLE
    assert profile.durability == DurabilityPolicy.VOLATILE
    assert profile.depth == 10


def test_unknown_depth_becomes_a_usable_one():
    assert recorded_qos(topic(qos(0))).depth == 10
