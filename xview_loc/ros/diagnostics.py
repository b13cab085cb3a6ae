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

"""Diagnostics on the node's own clock (REP-107)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from xview_loc.ros.qos import RESULT


class Level(IntEnum):
    """How bad it is."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


class Status:
    """
    What one component reports: the worst level seen wins and its sentences are joined.

    :param message: what to say while nothing is wrong.
    """

    def __init__(self, message: str = 'ok') -> None:
        """Start with nothing wrong."""
        self.level = Level.OK
        self._fine = message
        self._complaints: list[tuple[Level, str]] = []
        self.values: dict[str, str] = {}

    def warn(self, sentence: str) -> None:
        """Add something to look at."""
        self._complain(Level.WARN, sentence)

    def error(self, sentence: str) -> None:
        """Add something that stops the component from doing its work."""
        self._complain(Level.ERROR, sentence)

    def show(self, key: str, value: Any) -> None:
        """Add a value; floats are shown with four significant digits."""
        self.values[key] = f'{value:.4g}' if isinstance(value, float) else str(value)

    @property
    def message(self) -> str:
        """Return the sentences, the worst first."""
        if not self._complaints:
            return self._fine
        ordered = sorted(self._complaints, key=lambda complaint: -complaint[0])
        return ' '.join(sentence for _, sentence in ordered)

    def _complain(self, level: Level, sentence: str) -> None:
        self.level = max(self.level, level)
        self._complaints.append((level, sentence))


class Diagnostics:
    """
    Publishes the status of a node's components on ``/diagnostics``.

    The timer runs on the steady clock, so that a paused bag does not silence it; the stamps come
    from the node's clock.

    :param node: whose components they are.
    :param period: time between messages [s].
    """

    def __init__(self, node: Node, period: float = 1.0) -> None:
        """Advertise the topic and start the timer."""
        self._node = node
        self._tasks: dict[str, Callable[[Status], None]] = {}
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', RESULT)
        self._timer = node.create_timer(
            period, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def add(self, component: str, report: Callable[[Status], None]) -> None:
        """
        Add a component.

        :param component: its name, shown as ``node: component``.
        :param report: fills in the status it is given.
        """
        self._tasks[component] = report

    def collect(self) -> DiagnosticArray:
        """Ask every component and return the message."""
        array = DiagnosticArray()
        array.header.stamp = self._node.get_clock().now().to_msg()
        for component, report in self._tasks.items():
            status = Status()
            report(status)
            array.status.append(DiagnosticStatus(
                level=bytes([status.level]),
                name=f'{self._node.get_name()}: {component}',
                message=status.message,
                hardware_id=self._node.get_namespace().strip('/'),
                values=[KeyValue(key=key, value=value)
                        for key, value in status.values.items()]))
        return array

    def publish(self) -> None:
        """Publish the status of every component now."""
        self._publisher.publish(self.collect())
