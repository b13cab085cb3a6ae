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


"""What connects a lifecycle node to others, made and removed with its states."""

from __future__ import annotations

from collections.abc import Callable
import copy
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_srvs.srv import Trigger

from xview_loc.ros.compatibility import SubscriptionEventCallbacks
from xview_loc.ros.progress_ledger import ProgressLedger


class Endpoints:
    """
    The subscriptions, timers and publishers of a node.

    In lockstep subscriptions are reliable, timers follow the node's clock, and the service
    ``~/progress`` answers with a :class:`xview_loc.ros.progress_ledger.Progress` as text.

    :param node: whose they are.
    :param is_idle: tells whether no worker of the node is busy.
    :param lockstep: let a player wait for the node.
    """

    def __init__(self, node: LifecycleNode, is_idle: Callable[[], bool], *,
                 lockstep: bool) -> None:
        """Start without any."""
        self.incompatible: dict[str, str] = {}
        self._node = node
        self._is_idle = is_idle
        self._lockstep = lockstep
        self._ledger = ProgressLedger()
        self._removals: list[Callable[[], None]] = []
        self._publishers: list[Any] = []
        if lockstep:
            node.create_service(Trigger, '~/progress', self._tell_progress)

    def listen(self, message_type: type, topic: str, callback: Callable[[Any], None],
               qos: QoSProfile, *, overridable: bool = False) -> None:
        """
        Subscribe until :meth:`close`.

        :param message_type: type of the message.
        :param topic: relative topic name.
        :param callback: called in the executor's thread.
        :param qos: profile.
        :param overridable: let the user change the profile in the parameter file.
        """
        options = QoSOverridingOptions.with_default_policies() if overridable else None
        qos = copy.copy(qos)
        if self._lockstep:
            qos.reliability = ReliabilityPolicy.RELIABLE
            callback = self._ledger.counted(self._node.resolve_topic_name(topic), callback)
        events = SubscriptionEventCallbacks(
            incompatible_qos=lambda event: self._note_incompatible(topic, event))
        subscription = self._node.create_subscription(
            message_type, topic, callback, qos, event_callbacks=events,
            qos_overriding_options=options)
        self._removals.append(lambda: self._node.destroy_subscription(subscription))

    def every(self, period: float, callback: Callable[[], None], *, steady: bool = False) -> None:
        """
        Call back periodically until :meth:`close`.

        :param period: [s].
        :param callback: called in the executor's thread.
        :param steady: go on while simulated time stands still.
        """
        steady = steady and not self._lockstep
        clock = Clock(clock_type=ClockType.STEADY_TIME) if steady else None
        timer = self._node.create_timer(period, callback, clock=clock)
        self._removals.append(lambda: self._node.destroy_timer(timer))

    def advertise(self, message_type: type, topic: str, qos: QoSProfile) -> Any:
        """
        Create a publisher that is silent unless the node is active.

        :param message_type: type of the message.
        :param topic: relative topic name.
        :param qos: profile.
        """
        publisher = self._node.create_lifecycle_publisher(message_type, topic, copy.copy(qos))
        self._publishers.append(publisher)
        if self._lockstep:
            self._ledger.watch(publisher)
        return publisher

    def close(self) -> None:
        """Remove subscriptions and timers."""
        for remove in reversed(self._removals):
            remove()
        self._removals.clear()

    def remove_publishers(self) -> None:
        """Remove the publishers."""
        for publisher in self._publishers:
            self._node.destroy_lifecycle_publisher(publisher)
        self._publishers.clear()

    def _note_incompatible(self, topic: str, event: Any) -> None:
        """Remember that a publisher offers less than we ask for."""
        self.incompatible[topic] = (
            f'A publisher of {topic} offers an incompatible quality of service '
            f'({event.last_policy_kind}); no message of it arrives.')
        self._node.get_logger().warning(self.incompatible[topic])

    def _tell_progress(self, _request: Trigger.Request,
                       response: Trigger.Response) -> Trigger.Response:
        """Answer a player that waits."""
        response.success = True
        response.message = self._ledger.progress(
            self._is_idle(), self._node.get_clock().now().nanoseconds).to_json()
        return response
