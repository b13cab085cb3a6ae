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

"""What the bag player is told."""

from __future__ import annotations

from dataclasses import dataclass

from xview_loc.errors import ConfigurationError
from xview_loc.ros.parameters import parameter


@dataclass(frozen=True)
class BagPlayerConfig:
    """
    The parameters of the bag player.

    Lists are written as text with commas, because ROS cannot tell the type of an empty list.
    """

    bag: str = parameter(
        '', 'The bag: a rosbag2 folder, .mcap, .db3 or a ROS 1 .bag.', read_only=True)
    rate: float = parameter(
        1.0, 'Bag seconds per second.', minimum=0.01, maximum=100.0, read_only=True)
    loop: bool = parameter(
        False, 'Start again at the end; time jumps back then.', read_only=True)
    start_offset: float = parameter(
        0.0, 'Where in the bag to start.', unit='s', minimum=0.0, read_only=True)
    duration: float = parameter(
        0.0, 'How much of the bag to play; 0.0 plays to its end.', unit='s', minimum=0.0,
        read_only=True)
    start_paused: bool = parameter(
        False, 'Wait for the service ~/set_paused before playing.', read_only=True)
    topics: str = parameter(
        '', 'Topics to play, separated by commas; every topic when empty.', read_only=True)
    exclude_topics: str = parameter(
        '', 'Topics to leave out, separated by commas.', read_only=True)
    remappings: str = parameter(
        '', 'New topic names as /from:=/to, separated by commas.', read_only=True)
    wait_for_subscribers_s: float = parameter(
        0.0, 'Longest wait for subscribers before playing.', unit='s', minimum=0.0,
        read_only=True)
    wait_for_topics: str = parameter(
        '', 'Topics (new names) that must be subscribed before playing, separated by commas; any '
        'one when empty.', read_only=True)
    clock_rate: float = parameter(
        100.0, 'How often /clock is published; 0.0 publishes none.', unit='Hz', minimum=0.0,
        maximum=1000.0, read_only=True)
    lockstep_nodes: str = parameter(
        '', 'Nodes, separated by commas, that must have come to rest after each message before '
        'the next one is played; rate is then of no use. They are started with lockstep:=true.',
        read_only=True)

    def __post_init__(self) -> None:
        """Refuse what can be refused without opening the bag."""
        if not self.bag:
            raise ConfigurationError('bag is empty; it must name a bag to play.')
        if self.awaited_nodes and (self.loop or self.clock_rate <= 0.0):
            raise ConfigurationError(
                'lockstep_nodes is set; that needs loop false and a clock_rate above 0.')
        self.renamed('')

    @property
    def wanted_topics(self) -> frozenset[str]:
        """Return the topics to play; empty for every topic."""
        return _names(self.topics)

    @property
    def excluded_topics(self) -> frozenset[str]:
        """Return the topics to leave out."""
        return _names(self.exclude_topics)

    @property
    def awaited_topics(self) -> frozenset[str]:
        """Return the topics that must be subscribed before playing."""
        return _names(self.wait_for_topics)

    @property
    def awaited_nodes(self) -> tuple[str, ...]:
        """Return the nodes that are waited for after each message."""
        return tuple(sorted(_names(self.lockstep_nodes)))

    def renamed(self, topic: str) -> str:
        """
        Return the name to publish a recorded topic under.

        :raises ConfigurationError: when the parameter is not of its form.
        """
        new_names = {}
        for rule in sorted(_names(self.remappings)):
            old, arrow, new = (part.strip() for part in rule.partition(':='))
            if not (old and arrow and new):
                raise ConfigurationError(
                    f'remappings holds "{rule}"; each rule must be /from:=/to.')
            new_names[old] = new
        return new_names.get(topic, topic)


def _names(text: str) -> frozenset[str]:
    """Split a list that is written as text."""
    return frozenset(part.strip() for part in text.split(',') if part.strip())
