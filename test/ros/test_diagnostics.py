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

"""Diagnostics carry the worst level, every sentence and the node's own time."""

from diagnostic_msgs.msg import DiagnosticStatus
import pytest
import rclpy
from rclpy.parameter import Parameter

from xview_loc.ros.diagnostics import Diagnostics, Level, Status

pytestmark = pytest.mark.ros


def test_the_worst_level_wins_and_its_sentence_comes_first():
    status = Status()
    status.warn('Tiles are missing.')
    status.error('Nothing arrives.')
    status.warn('It is late.')
    assert status.level is Level.ERROR
    assert status.message == 'Nothing arrives. Tiles are missing. It is late.'


def test_nothing_wrong_is_ok():
    assert (Status().level, Status().message) == (Level.OK, 'ok')


def test_floats_are_short_and_everything_is_text():
    status = Status()
    status.show('rate', 9.87654321)
    status.show('count', 12)
    assert status.values == {'rate': '9.877', 'count': '12'}


def test_components_are_published_every_second_under_the_name_of_the_node(bench):
    node = bench.add(rclpy.create_node('some_node', namespace='/car'))
    diagnostics = Diagnostics(node, period=0.05)

    def report(status):
        status.warn('Look here.')
        status.show('answer', 42)

    diagnostics.add('part', report)
    status = bench.until_diagnosed('some_node: part', 'Look here.')
    assert status.level == DiagnosticStatus.WARN
    assert bench.value('some_node: part', 'answer') == '42'
    assert status.hardware_id == 'car'


def test_a_paused_clock_does_not_silence_them(bench):
    node = bench.add(rclpy.create_node(
        'sleeper', parameter_overrides=[Parameter('use_sim_time', value=True)]))
    diagnostics = Diagnostics(node, period=0.05)
    diagnostics.add('part', lambda status: status.warn('Still here.'))
    bench.until_diagnosed('sleeper: part', 'Still here.')
    assert diagnostics.collect().header.stamp.sec == 0
