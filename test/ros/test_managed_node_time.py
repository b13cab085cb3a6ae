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

"""A managed node is told when simulated time goes back, and only then."""

from __future__ import annotations

from echo_node import Echo
import pytest
from rosgraph_msgs.msg import Clock

from xview_loc.ros.stamps import time_message

pytestmark = pytest.mark.ros


def test_simulated_time_going_back_is_passed_on(bench):
    node = bench.add(Echo(use_sim_time=True))
    clock = {'now': 100.0}

    def tick(step=0.01):
        clock['now'] += step
        bench.publish('/clock', Clock(clock=time_message(clock['now'])))

    bench.until(lambda: node.get_clock().now().nanoseconds > 100e9, 'the clock', meanwhile=tick)
    assert 'jumped' not in node.happened
    clock['now'] = 20.0
    bench.until(lambda: 'jumped' in node.happened, 'the jump', meanwhile=tick)


def test_a_large_step_forward_is_not_a_jump(bench):
    node = bench.add(Echo(use_sim_time=True))
    bench.publish('/clock', Clock(clock=time_message(10.0)))
    bench.until(lambda: node.get_clock().now().nanoseconds > 9e9, 'the clock')
    bench.until(lambda: node.get_clock().now().nanoseconds > 999e9, 'the clock',
                meanwhile=lambda: bench.publish('/clock', Clock(clock=time_message(1000.0))))
    assert 'jumped' not in node.happened
