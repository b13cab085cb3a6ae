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

"""The lifecycle of a managed node, in every order and through failures."""

from __future__ import annotations

from echo_node import Echo, echoes
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
import pytest
from rclpy.lifecycle import TransitionCallbackReturn

from xview_loc.errors import ImageryError

pytestmark = pytest.mark.ros
SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


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
