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

"""A lifecycle node that starts itself, reports, and survives what users do to it."""

from __future__ import annotations

from collections.abc import Callable
import traceback
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter as RosParameter
from rclpy.qos import QoSProfile

from xview_loc.errors import ConfigurationError, XviewLocError
from xview_loc.ros.compatibility import HAS_POST_SET_CALLBACK, refuse_impossible_transitions
from xview_loc.ros.diagnostics import Diagnostics, Status
from xview_loc.ros.endpoints import Endpoints
from xview_loc.ros.live_configuration import LiveConfiguration
from xview_loc.ros.parameter_row import Note, Parameter
from xview_loc.ros.parameters import declare

_AUTOSTART = Parameter('autostart', bool, True, Note(
    'Configure and activate the node without a lifecycle manager.', read_only=True))
_LOCKSTEP = Parameter('lockstep', bool, False, Note(
    'Wait for data instead of time and tell ~/progress, so that a player that waits for it gives '
    'the same result every time.', read_only=True))


class ManagedNode(LifecycleNode):
    """
    The common part of the four nodes.

    A subclass overrides ``configure``, ``activate``, ``deactivate`` and ``cleanup``, which may
    raise :class:`xview_loc.errors.XviewLocError`; it creates subscriptions and timers in
    ``activate`` through :meth:`listen` and :meth:`every`, which the base class removes again, and
    publishers in ``configure`` through :meth:`advertise`.

    :param name: node name.
    :param config_type: frozen dataclass of the parameters.
    :param notes: parameter notes for nested configurations of the core.
    :param arguments: passed on to the ROS node.
    :raises ConfigurationError: when a parameter is refused.
    """

    def __init__(self, name: str, config_type: type,
                 notes: dict[str, Note] | None = None, **arguments: Any) -> None:
        """Declare the parameters and start the diagnostics."""
        super().__init__(name, **arguments)
        refuse_impossible_transitions(self)
        try:
            declare(self, [_AUTOSTART, _LOCKSTEP])
            self._live = LiveConfiguration(self, config_type, notes)
            self.config = self._live.read()
        except XviewLocError as error:
            self.destroy_node()
            raise ConfigurationError(f'{name}: {error}') from error
        self._problem = ''
        self.lockstep = bool(self.get_parameter('lockstep').value)
        self._endpoints = Endpoints(self, lambda: self.idle, lockstep=self.lockstep)
        self.add_on_set_parameters_callback(self._check_parameters)
        if HAS_POST_SET_CALLBACK:
            self.add_post_set_parameters_callback(self._apply_parameters)
        self.diagnostics = Diagnostics(self)
        self.diagnostics.add('state', self._report_state)
        self._jump_handle = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(seconds=-0.1),
                          on_clock_change=True),
            post_callback=self._clock_jumped)

    # What a subclass overrides

    def configure(self) -> None:
        """Load what is slow to load and create publishers."""

    def activate(self) -> None:
        """Create subscriptions, timers and workers."""

    def deactivate(self) -> None:
        """Undo :meth:`activate` beyond subscriptions and timers."""

    def cleanup(self) -> None:
        """Undo :meth:`configure` beyond publishers."""

    def config_changed(self) -> None:
        """Use ``self.config``, which was replaced by a new one."""

    def time_jumped(self) -> None:
        """Forget everything with a stamp: time went back."""

    def stop_workers(self) -> None:
        """Stop threads; also called when the process ends."""

    # What a subclass uses

    def listen(self, message_type: type, topic: str, callback: Callable[[Any], None],
               qos: QoSProfile, *, overridable: bool = False) -> None:
        """Subscribe while the node is active: :meth:`Endpoints.listen`."""
        self._endpoints.listen(message_type, topic, callback, qos, overridable=overridable)

    def every(self, period: float, callback: Callable[[], None], *, steady: bool = False) -> None:
        """Call back periodically while the node is active: :meth:`Endpoints.every`."""
        self._endpoints.every(period, callback, steady=steady)

    def advertise(self, message_type: type, topic: str, qos: QoSProfile) -> Any:
        """Create a publisher that is silent unless the node is active."""
        return self._endpoints.advertise(message_type, topic, qos)

    def report_qos(self, topic: str, status: Status) -> None:
        """Add to a status what is wrong with the profile of a publisher of a topic."""
        if topic in self._endpoints.incompatible:
            status.error(self._endpoints.incompatible[topic])

    @property
    def state_name(self) -> str:
        """Return the lifecycle state."""
        return str(self._state_machine.current_state[1])

    @property
    def is_active(self) -> bool:
        """Tell whether the node is in the state active."""
        return self.state_name == 'active'

    @property
    def idle(self) -> bool:
        """Tell whether no worker is busy and nothing waits for one."""
        return True

    # Lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the parameters and configure."""
        def work() -> None:
            self.config = self._live.read()
            self.configure()
        return self._transition('configure', work, super().on_configure, state, self._unmake)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate, then let the publishers speak."""
        def work() -> None:
            self._endpoints.incompatible.clear()
            self.activate()
        result = super().on_activate(state)
        if result != TransitionCallbackReturn.SUCCESS:
            return result
        return self._transition('activate', work, None, state, self._halt)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening and working."""
        return self._transition('deactivate', self._halt, super().on_deactivate, state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free what configuring has taken."""
        return self._transition('cleanup', self._unmake, super().on_cleanup, state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop from whatever state."""
        def work() -> None:
            self._halt()
            self._unmake()
        return self._transition('shutdown', work, super().on_shutdown, state)

    def _transition(self, name: str, work: Callable[[], None], default: Any,
                    state: LifecycleState, undo: Callable[[], None] | None = None) -> Any:
        """Run one transition; log what goes wrong, which rclpy would swallow."""
        try:
            work()
            self._problem = ''
            return default(state) if default else TransitionCallbackReturn.SUCCESS
        except Exception as error:
            known = isinstance(error, XviewLocError)
            self._problem = f'Cannot {name}: {error if known else repr(error)}'
            detail = '' if known else f'\n{traceback.format_exc()}'
            self.get_logger().error(f'{self._problem}{detail}')
            if undo:
                undo()
            return TransitionCallbackReturn.FAILURE

    def _halt(self) -> None:
        """Remove subscriptions and timers and deactivate."""
        self._endpoints.close()
        self.deactivate()
        self.stop_workers()

    def _unmake(self) -> None:
        """Clean up and remove the publishers."""
        self.cleanup()
        self._endpoints.remove_publishers()

    def start(self) -> None:
        """
        Configure and activate, if the parameter ``autostart`` wants it.

        Called once before spinning rather than from a timer, so that the nodes of a process start
        in order.
        """
        if not self.get_parameter('autostart').value:
            return
        if self.state_name != 'unconfigured':
            return
        try:
            if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
                self.trigger_activate()
        except rclpy_implementation.RCLError:
            if self.context.ok():  # else the process was asked to end meanwhile
                raise

    # Parameters

    def _check_parameters(self, changes: list[RosParameter]) -> SetParametersResult:
        """Refuse a change with a sentence; without effect on releases that apply later."""
        result, config = self._live.checked(changes, self.state_name)
        if config is not None and not HAS_POST_SET_CALLBACK:
            self._use_config(config)
        return result

    def _apply_parameters(self, changes: list[RosParameter]) -> None:
        """Use changed parameters."""
        if self._live.concerns(changes):
            self._use_config(self._live.read())

    def _use_config(self, config: Any) -> None:
        """Swap the configuration in one step."""
        self.config = config
        self.config_changed()

    # Clock and diagnostics

    def _clock_jumped(self, jump: TimeJump) -> None:
        """Forget what belongs to a time that has not come yet."""
        if self.is_active and jump.delta.nanoseconds < 0:
            self.get_logger().warning('Time went back: every buffer is cleared.')
            self.time_jumped()

    def _report_state(self, status: Status) -> None:
        """Report the lifecycle state and why the last transition failed."""
        status.show('state', self.state_name)
        if self._problem:
            status.error(self._problem)
        elif not self.is_active:
            status.warn(f'The node is {self.state_name}.')
