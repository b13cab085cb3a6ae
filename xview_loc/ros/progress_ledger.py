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


"""What a node has published and worked off, for a player that waits until all is quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
import json
from threading import Lock
from typing import Any


@dataclass(frozen=True)
class Progress:
    """
    The state of a node at one instant.

    :param idle: no worker is busy and nothing waits.
    :param clock_ns: its ROS time [ns].
    :param worked_off: messages whose callback has returned, by topic it listens to.
    :param published: messages published, by topic.
    :param readers: subscriptions that its publishers have found, by topic.
    """

    idle: bool
    clock_ns: int
    worked_off: Mapping[str, int] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)
    readers: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as text for a service that has only text to answer with."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """
        Return what :meth:`to_json` has written.

        :param text: one JSON object.
        """
        return cls(**json.loads(text))


class ProgressLedger:
    """Counts messages; publishers may be used from any thread."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._lock = Lock()
        self._worked_off: Counter[str] = Counter()
        self._published: Counter[str] = Counter()
        self._publishers: dict[str, Any] = {}

    def counted(self, topic: str, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """
        Return a callback that is counted when it has returned or raised.

        :param topic: full name.
        :param callback: of the subscription.
        """
        with self._lock:
            self._worked_off[topic] += 0

        def work_off(message: Any) -> None:
            try:
                callback(message)
            finally:
                with self._lock:
                    self._worked_off[topic] += 1

        return work_off

    def watch(self, publisher: Any) -> None:
        """
        Count what a lifecycle publisher publishes while it is activated.

        :param publisher: its ``publish`` is replaced.
        """
        publish, topic = publisher.publish, publisher.topic_name
        self._publishers[topic] = publisher

        def counted(message: Any) -> None:
            if publisher.is_activated:
                with self._lock:
                    self._published[topic] += 1
            publish(message)

        publisher.publish = counted

    def progress(self, idle: bool, clock_ns: int) -> Progress:
        """
        Return the counts so far.

        :param idle: whether no worker of the node is busy.
        :param clock_ns: its ROS time [ns].
        """
        with self._lock:
            return Progress(
                idle, clock_ns, dict(self._worked_off), dict(self._published),
                {topic: publisher.get_subscription_count()
                 for topic, publisher in self._publishers.items()})
