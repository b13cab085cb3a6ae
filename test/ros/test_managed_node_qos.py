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

"""The quality of service of a managed node: overridden, incompatible and latched."""

from __future__ import annotations

from echo_node import Echo, echoes
import pytest
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from xview_loc.ros.qos import LATCHED, RESULT, SENSOR

pytestmark = pytest.mark.ros


def test_the_quality_of_service_can_be_overridden_without_touching_the_profile(bench):
    name = 'qos_overrides./in.subscription.reliability'
    node = bench.add(Echo(**{name: 'reliable'}))
    bench.until(lambda: bench.tester.get_subscriptions_info_by_topic('/in'), 'the subscription')
    info = bench.tester.get_subscriptions_info_by_topic('/in')
    assert info[0].qos_profile.reliability == ReliabilityPolicy.RELIABLE
    assert SENSOR.reliability == ReliabilityPolicy.BEST_EFFORT
    assert node.is_active


def test_an_incompatible_publisher_is_reported(bench):
    node = bench.add(Echo(**{'qos_overrides./in.subscription.reliability': 'reliable'}))
    offered = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    bench.tester.create_publisher(String, 'in', offered)
    node.diagnostics.add('qos', lambda status: node.report_qos('in', status))
    bench.until_diagnosed('echo: qos', 'incompatible quality of service')


def test_latched_results_reach_a_late_listener(bench):
    bench.add(Echo())
    echoes(bench, 'early')
    late = bench.collect(String, 'out', LATCHED)
    bench.until(lambda: late, 'the latched message')
    assert late[0].data == 'early'
    assert RESULT.durability != LATCHED.durability
