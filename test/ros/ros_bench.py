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

"""Nodes under test, a node that talks to them, and one executor for all."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile

from xview_loc.ros.qos import RESULT


def overrides(**values: Any) -> list[Parameter]:
    """Return parameter overrides; a double underscore stands for the point of a name."""
    return [Parameter(name.replace('__', '.'), value=value) for name, value in values.items()]


class RosBench:
    """
    Spins nodes together with one that publishes to them and listens.

    Nothing waits for a fixed time: :meth:`until` spins until a condition holds or fails the test.
    """

    def __init__(self) -> None:
        """Start ROS."""
        rclpy.init()
        self.executor = SingleThreadedExecutor()
        self.tester = rclpy.create_node('tester')
        self.executor.add_node(self.tester)
        self._nodes: list[Any] = []
        self._publishers: dict[str, Any] = {}
        self._reported = 0.0
        self.diagnostics: dict[str, DiagnosticStatus] = {}
        self.listen(DiagnosticArray, '/diagnostics', self._keep_diagnostics, RESULT)

    def add(self, node: Any, *, start: bool = True) -> Any:
        """Spin a node too; start it unless told not to."""
        self._nodes.append(node)
        self.executor.add_node(node)
        if start and hasattr(node, 'start'):
            node.start()
        return node

    def listen(self, message_type: type, topic: str, callback: Callable[[Any], None],
               qos: QoSProfile = RESULT) -> None:
        """Call back for each message."""
        self.tester.create_subscription(message_type, topic, callback, qos)

    def collect(self, message_type: type, topic: str, qos: QoSProfile = RESULT) -> list[Any]:
        """Return a list that fills with the messages of a topic."""
        messages: list[Any] = []
        self.listen(message_type, topic, messages.append, qos)
        return messages

    def publish(self, topic: str, message: Any, qos: QoSProfile = RESULT) -> None:
        """Publish a message once its subscribers have been found."""
        if topic not in self._publishers:
            publisher = self.tester.create_publisher(type(message), topic, qos)
            self._publishers[topic] = publisher
            self.until(lambda: publisher.get_subscription_count() > 0,
                       f'somebody subscribes to {topic}')
        self._publishers[topic].publish(message)

    def until(self, condition: Callable[[], Any], what: str, timeout: float = 60.0,
              meanwhile: Callable[[], None] | None = None) -> None:
        """
        Spin until something holds.

        :param condition: what is waited for.
        :param what: the same in words, for the failure.
        :param timeout: the test fails after this [s].
        :param meanwhile: called about a hundred times per second.
        """
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f'not within {timeout} s: {what}'
            if meanwhile is not None:
                meanwhile()
            self._hasten_diagnostics()
            self.executor.spin_once(timeout_sec=0.01)

    def _hasten_diagnostics(self) -> None:
        """Let the nodes report ten times a second instead of once, so that tests are quick."""
        if time.monotonic() - self._reported > 0.1:
            self._reported = time.monotonic()
            for node in self._nodes:
                if hasattr(node, 'diagnostics'):
                    node.diagnostics.publish()

    def spin(self, seconds: float) -> None:
        """Spin for a while: only to show that something does not happen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.01)

    def until_diagnosed(self, name: str, fragment: str, timeout: float = 60.0,
                        meanwhile: Callable[[], None] | None = None) -> DiagnosticStatus:
        """Spin until a component's message contains some words and return its status."""
        def holds() -> bool:
            return name in self.diagnostics and fragment in self.diagnostics[name].message
        try:
            self.until(holds, f'{name} says "{fragment}"', timeout, meanwhile)
        except AssertionError as error:
            said = self.diagnostics[name].message if name in self.diagnostics else 'nothing'
            raise AssertionError(f'{error}; it says: {said}') from None
        return self.diagnostics[name]

    def _keep_diagnostics(self, array: DiagnosticArray) -> None:
        for status in array.status:
            self.diagnostics[status.name] = status

    def value(self, name: str, key: str) -> str:
        """Return the newest value of a component."""
        return next(pair.value for pair in self.diagnostics[name].values if pair.key == key)

    def close(self) -> None:
        """Stop everything."""
        for node in self._nodes:
            if hasattr(node, 'stop_workers'):
                node.stop_workers()
        self.executor.shutdown()
        for node in (*self._nodes, self.tester):
            node.destroy_node()
        rclpy.try_shutdown()
