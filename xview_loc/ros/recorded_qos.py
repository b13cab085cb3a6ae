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

"""The quality of service of a recorded topic, as a profile to publish with."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import QosReliability

from xview_loc.recordings.bag_reader import BagTopic

_DEFAULT_DEPTH = 10
_LONGEST_LATCHED_DEPTH = 100


def recorded_qos(topic: BagTopic) -> QoSProfile:
    """
    Return the profile that a recorded topic was published with.

    Reliability, durability and depth are taken over. Deadlines, lifespans and liveliness are not:
    a paused or slowed recording would break them. A latched topic keeps all its messages, up to
    100, because the recording may hold those of several publishers (static transforms).

    :param topic: what the bag says; without a profile (ROS 1) it is reliable, depth 10.
    """
    depth, reliability = _DEFAULT_DEPTH, ReliabilityPolicy.RELIABLE
    if topic.qos is not None:
        depth = topic.qos.depth or _DEFAULT_DEPTH
        if topic.qos.reliability == QosReliability.BEST_EFFORT:
            reliability = ReliabilityPolicy.BEST_EFFORT
    durability = DurabilityPolicy.VOLATILE
    if topic.latched:
        depth = max(depth, min(topic.message_count, _LONGEST_LATCHED_DEPTH))
        durability = DurabilityPolicy.TRANSIENT_LOCAL
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability,
                      durability=durability)
