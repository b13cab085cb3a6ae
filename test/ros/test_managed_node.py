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

"""The common part of the nodes: lifecycle in every order, parameters, time, survival."""

from __future__ import annotations

from dataclasses import dataclass

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from ros_bench import overrides
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String

from xview_loc.errors import ConfigurationError, ImageryError
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.parameters import parameter
from xview_loc.ros.qos import LATCHED, RESULT, SENSOR
from xview_loc.ros.stamps import time_message

pytestmark = pytest.mark.ros
SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


@dataclass(frozen=True)
class EchoConfig:
    """Parameters of the node under test."""

    gain: float = parameter(1.0, 'Gain.', unit='m', minimum=0.0, maximum=2.0)
    source: str = parameter('here', 'Source.', at_configure=True)
    low: int = parameter(1, 'Low.', minimum=0, maximum=10)
    high: int = parameter(5, 'High.', minimum=0, maximum=10)

    def __post_init__(self) -> None:
        """Refuse a reversed pair."""
        if self.low > self.high:
            raise ConfigurationError(f'low is {self.low}; it must be at most {self.high}.')


class Echo(ManagedNode):
    """Echoes words and remembers what happened to it."""

    def __init__(self, **values):
        self.happened = []
        self.fault = None
        super().__init__('echo', EchoConfig, parameter_overrides=overrides(**values))

    def configure(self):
        self.happened.append('configure')
        if self.fault:
            raise self.fault
        self.out = self.advertise(String, 'out', LATCHED)

    def activate(self):
        self.happened.append('activate')
        if self.fault:
            raise self.fault
        self.listen(String, 'in', self.out.publish, SENSOR, overridable=True)
        self.every(0.01, lambda: self.happened.append('tick'))

    def deactivate(self):
        self.happened.append('deactivate')

    def cleanup(self):
        self.happened.append('cleanup')

    def config_changed(self):
        self.happened.append('changed')

    def time_jumped(self):
        self.happened.append('jumped')

    def stop_workers(self):
        self.happened.append('stopped')


def echoes(bench, word='hello', timeout=60.0):
    """Send a word until it comes back."""
    heard = bench.collect(String, 'out')
    bench.until(lambda: any(message.data == word for message in heard), f'{word} comes back',
                timeout, meanwhile=lambda: bench.publish('in', String(data=word)))


def test_it_starts_itself_and_works(bench):
    node = bench.add(Echo())
    assert node.is_active
    echoes(bench)


def test_without_autostart_it_waits_for_a_manager(bench):
    node = bench.add(Echo(autostart=False))
    bench.spin(0.1)
    assert node.state_name == 'unconfigured'
    client = bench.tester.create_client(ChangeState, 'echo/change_state')
    bench.until(client.service_is_ready, 'the service')
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        request = ChangeState.Request()
        request.transition.id = transition
        answer = client.call_async(request)
        bench.until(answer.done, 'an answer')
        assert answer.result().success
    echoes(bench)


def test_an_impossible_transition_is_refused_and_the_node_lives(bench):
    node = bench.add(Echo())
    client = bench.tester.create_client(ChangeState, 'echo/change_state')
    bench.until(client.service_is_ready, 'the service')
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_CONFIGURE
    answer = client.call_async(request)
    bench.until(answer.done, 'an answer')
    assert not answer.result().success
    assert node.is_active
    state = bench.tester.create_client(GetState, 'echo/get_state').call_async(GetState.Request())
    bench.until(state.done, 'the state')
    assert state.result().current_state.label == 'active'


@pytest.mark.parametrize('order, last', [
    ('configure activate deactivate activate', 'active'),
    ('configure cleanup configure activate', 'active'),
    ('configure activate deactivate cleanup configure', 'inactive'),
    ('configure activate shutdown', 'finalized'),
    ('configure shutdown', 'finalized'),
    ('shutdown', 'finalized')])
def test_the_lifecycle_can_be_walked_in_any_order(bench, order, last):
    node = bench.add(Echo(autostart=False))
    for name in order.split():
        assert getattr(node, f'trigger_{name}')() == SUCCESS
    assert node.state_name == last
    if last == 'active':
        echoes(bench)


def test_destroying_an_active_node_is_clean(bench):
    node = bench.add(Echo())
    bench.spin(0.05)
    bench.executor.remove_node(node)
    node.stop_workers()
    assert 'stopped' in node.happened


def test_while_inactive_nothing_is_heard_or_called(bench):
    node = bench.add(Echo())
    node.trigger_deactivate()
    node.happened.clear()
    bench.spin(0.1)
    assert 'tick' not in node.happened
    assert bench.tester.count_subscribers('in') == 0


@pytest.mark.parametrize('fault', [ImageryError('No tiles there.'), RuntimeError('a bug')])
def test_a_failing_configure_is_logged_reported_and_can_be_repeated(bench, fault):
    node = bench.add(Echo(autostart=False))
    node.fault = fault
    assert node.trigger_configure() == FAILURE
    assert node.state_name == 'unconfigured'
    status = bench.until_diagnosed('echo: state', str(fault))
    assert status.level == b'\x02'
    node.fault = None
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    echoes(bench)
    bench.until_diagnosed('echo: state', 'ok')


def test_a_failing_activate_leaves_it_inactive_without_leftovers(bench):
    node = bench.add(Echo(autostart=False))
    node.trigger_configure()
    node.fault = ImageryError('Not now.')
    assert node.trigger_activate() == FAILURE
    assert node.state_name == 'inactive'
    node.fault = None
    assert node.trigger_activate() == SUCCESS
    echoes(bench)


def set_parameter(node, name, value):
    """Return the result of setting a parameter."""
    return node.set_parameters([Parameter(name, value=value)])[0]


def test_a_changed_parameter_takes_effect_in_one_step(bench):
    node = bench.add(Echo())
    before = node.config
    assert set_parameter(node, 'gain', 1.5).successful
    assert (node.config.gain, before.gain) == (1.5, 1.0)
    assert 'changed' in node.happened


@pytest.mark.parametrize('name, value, fragment', [
    ('gain', 3.0, 'gain'), ('gain', float('nan'), 'gain'), ('gain', 1, 'type'),
    ('low', 7, 'low is 7; it must be at most 5'),
    ('source', 'there', 'source can be changed only while the node is unconfigured'),
    ('autostart', False, 'read-only')])
def test_a_bad_change_is_refused_with_a_reason_and_without_effect(bench, name, value, fragment):
    node = bench.add(Echo())
    before = node.config
    result = set_parameter(node, name, value)
    assert not result.successful
    assert fragment in result.reason
    assert node.config is before
    assert node.is_active


def test_what_is_read_at_configure_can_be_changed_before_it(bench):
    node = bench.add(Echo(autostart=False))
    assert set_parameter(node, 'source', 'there').successful
    node.trigger_configure()
    assert node.config.source == 'there'


def test_the_descriptors_tell_description_unit_and_range(bench):
    node = bench.add(Echo())
    descriptor = node.describe_parameter('gain')
    assert descriptor.description == 'Gain. [m]'
    limits = descriptor.floating_point_range[0]
    assert (limits.from_value, limits.to_value) == (0.0, 2.0)
    assert node.describe_parameter('autostart').read_only


def test_a_refused_start_names_node_and_parameter(bench):
    with pytest.raises(ConfigurationError, match=r'echo: gain is 9.0; it must be in \[0, 2\] m.'):
        Echo(gain=9.0)


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
