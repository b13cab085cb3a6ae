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

"""The topics that a bag player publishes."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event
import time

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import ReliabilityPolicy
from rosgraph_msgs.msg import Clock

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagMessage, BagReader, BagTopic
from xview_loc.ros.bag_player_config import BagPlayerConfig
from xview_loc.ros.message_types import message_class
from xview_loc.ros.qos import RESULT
from xview_loc.ros.recorded_qos import recorded_qos

_SETTLE_S = 0.5
_LAST_DELIVERY_S = 2.0


class BagPublishers:
    """
    Publishes the clock and the messages of a bag, as they are stored.

    :param node: the player.
    :param config: its parameters.
    :param reader: the open bag.
    :raises RecordingError: when nothing in the bag can be played.
    """

    def __init__(self, node: Node, config: BagPlayerConfig, reader: BagReader) -> None:
        """Create a publisher for each topic whose type is installed."""
        self._node, self._config = node, config
        self._stopped = Event()
        self._clock = (node.create_publisher(Clock, '/clock', RESULT)
                       if config.clock_rate > 0.0 else None)
        chosen = self._chosen(reader)
        self.by_topic: Mapping[str, Publisher] = self._create(chosen)
        self.latched = [
            topic.name for topic in chosen if topic.latched and topic.name in self.by_topic]

    def stop(self) -> None:
        """Publish no more and end every wait; may be called from any thread."""
        self._stopped.set()

    def send(self, message: BagMessage) -> None:
        """Send a message as it is stored."""
        if not self._stopped.is_set():
            self.by_topic[message.topic].publish(message.data)

    def tick(self, bag_ns: int) -> None:
        """Publish the simulated clock."""
        if self._clock is None or self._stopped.is_set():
            return
        clock = Clock()
        clock.clock.sec, clock.clock.nanosec = divmod(bag_ns, 10**9)
        self._clock.publish(clock)

    def await_subscribers(self, start_ns: int) -> None:
        """
        Wait until the topics are subscribed and no more subscriber appears.

        :param start_ns: time of the clock meanwhile [ns].
        """
        deadline = time.monotonic() + self._config.wait_for_subscribers_s
        settled_since, counts = time.monotonic(), None
        while time.monotonic() < deadline and not self._stopped.is_set():
            self.tick(start_ns)
            now = {publisher.topic_name: publisher.get_subscription_count()
                   for publisher in self.by_topic.values()}
            if now != counts:
                settled_since, counts = time.monotonic(), now
            if self._heard(now) and time.monotonic() - settled_since >= _SETTLE_S:
                return
            self._stopped.wait(0.02)
        if self._config.wait_for_subscribers_s > 0.0 and not self._stopped.is_set():
            self._node.get_logger().warning(
                f'Playing after {self._config.wait_for_subscribers_s} s without the subscribers '
                'waited for.')

    def await_delivery(self) -> None:
        """Give reliable subscribers the time to take the last messages."""
        deadline = time.monotonic() + _LAST_DELIVERY_S
        for publisher in self.by_topic.values():
            left = max(deadline - time.monotonic(), 0.0)
            publisher.wait_for_all_acked(Duration(seconds=left))

    def _heard(self, counts: Mapping[str, int]) -> bool:
        """Tell whether the awaited topics, or any where none are named, have subscribers."""
        awaited = [self._node.resolve_topic_name(name) for name in self._config.awaited_topics]
        return all(counts.get(name) for name in awaited) if awaited else any(counts.values())

    def _chosen(self, reader: BagReader) -> list[BagTopic]:
        """Return the topics to play, as far as they are in the bag."""
        wanted, excluded = self._config.wanted_topics, self._config.excluded_topics
        missing = (wanted | excluded) - set(reader.topics)
        if missing:
            self._node.get_logger().warning(
                f'{self._config.bag} has no topic {", ".join(sorted(missing))}; '
                f'it has {", ".join(sorted(reader.topics))}.')
        return [topic for topic in reader.topics.values()
                if topic.name != '/clock' and topic.name not in excluded
                and (not wanted or topic.name in wanted)]

    def _create(self, topics: list[BagTopic]) -> dict[str, Publisher]:
        """Create the publishers; what cannot be played is named in the log."""
        publishers, skipped = {}, []
        for topic in topics:
            found = message_class(topic.msgtype)
            if found is None:
                skipped.append(f'{topic.name} ({topic.msgtype})')
                continue
            qos = recorded_qos(topic)
            if self._config.awaited_nodes:  # each message is counted: none may be lost
                qos.reliability = ReliabilityPolicy.RELIABLE
            publishers[topic.name] = self._node.create_publisher(
                found, self._config.renamed(topic.name), qos)
        if skipped:
            self._node.get_logger().warning(
                f'Not played, because their message types are not installed: '
                f'{", ".join(skipped)}.')
        if not publishers:
            raise RecordingError(f'{self._config.bag} holds no topic that can be played.')
        return publishers
