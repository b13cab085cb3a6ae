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


"""Playing a bag message by message, each after everything before it has been worked off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from threading import Event
from typing import Any

from xview_loc.recordings.bag_reader import BagMessage
from xview_loc.ros.lockstep import Lockstep

_LEAST_STEP_NS = 10_000_000
_LARGEST_STEP_NS = 50_000_000
_AFTERWARDS_NS = 2_000_000_000


class LockstepPlayback:
    """
    Hands messages out in the order of the bag and lets bag time wait for the nodes.

    What the nodes publish is then a function of the bag and their parameters alone: of the speed
    of the machine, of other load and of how the nodes are spread over processes it depends no
    more. Time stands still until the nodes are at rest, takes steps of 10 to 50 ms, and goes on
    for two seconds after the last message, so that the filter works off what waits.

    :param open_messages: opens the bag.
    :param lockstep: waits for the nodes.
    :param publishers: by topic of the bag.
    :param tick: publishes the clock [ns].
    """

    def __init__(self, open_messages: Callable[[], Iterable[BagMessage]], lockstep: Lockstep,
                 publishers: Mapping[str, Any], tick: Callable[[int], None]) -> None:
        """Prepare; nothing is read before :meth:`run`."""
        self._open = open_messages
        self._lockstep = lockstep
        self._publishers = publishers
        self._tick = tick
        self._stopped = Event()
        self._sent = Counter({publisher.topic_name: 0 for publisher in publishers.values()})
        self._clock_ns = 0

    def stop(self) -> None:
        """End :meth:`run` as soon as possible; may be called from any thread."""
        self._stopped.set()
        self._lockstep.stop()

    def send(self, message: BagMessage) -> None:
        """Publish a message as it is stored, and count it."""
        publisher = self._publishers[message.topic]
        self._sent[publisher.topic_name] += 1
        publisher.publish(message.data)

    def run(self, start_ns: int) -> int:
        """
        Play to the end.

        :param start_ns: bag time to begin at [ns].
        :return: messages played.
        :raises RecordingError: when the bag is damaged or the nodes do not come to rest.
        """
        self._lockstep.await_connections({
            publisher.topic_name: publisher.get_subscription_count
            for publisher in self._publishers.values()})
        self._set_clock(start_ns)
        for message in self._open():
            if self._stopped.is_set():
                break
            self._advance(message.log_ns)
            self.send(message)
            if self._lockstep.hears(self._publishers[message.topic].topic_name):
                self._settle()
        else:
            self._advance(self._clock_ns + _AFTERWARDS_NS)
        return self._sent.total()

    def _advance(self, bag_ns: int) -> None:
        """Let time pass in steps short enough for every timer."""
        while bag_ns - self._clock_ns > _LARGEST_STEP_NS and not self._stopped.is_set():
            self._set_clock(self._clock_ns + _LARGEST_STEP_NS)
        if bag_ns - self._clock_ns >= _LEAST_STEP_NS:
            self._set_clock(bag_ns)

    def _set_clock(self, clock_ns: int) -> None:
        """Publish the clock and wait until every node has reached it."""
        self._clock_ns = clock_ns
        self._tick(clock_ns)
        self._settle()

    def _settle(self) -> None:
        """Wait until the nodes are at rest."""
        self._lockstep.settle(self._sent, self._clock_ns, lambda: self._tick(self._clock_ns))
