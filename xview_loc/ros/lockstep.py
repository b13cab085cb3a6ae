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


"""Waiting until nodes have worked off everything that was sent to them and to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Event
import time

from rclpy.node import Node
from std_srvs.srv import Trigger

from xview_loc.errors import RecordingError
from xview_loc.ros.progress_ledger import Progress

_ANSWER_S = 2.0
_PAUSE_S = 0.002
_REMIND_S = 0.1


class Lockstep:
    """
    Lets a player go on only when nodes are quiet.

    The nodes are asked in waves (``NODE/progress``). They are quiet when two waves in a row are
    equal and each finds that every node is idle, has reached the time of the clock, and has
    worked off as many messages of each of its topics as were published: with counters on both
    sides, nothing can then be on its way (Mattern's four-counter test). Call it from a thread
    that does not spin.

    :param node: the player's node; another thread spins it.
    :param names: the nodes to wait for.
    :param patience_s: longest wait for quiet [s].
    """

    def __init__(self, node: Node, names: Sequence[str], patience_s: float = 30.0) -> None:
        """Create the clients."""
        self._clients = {name: node.create_client(Trigger, f'{name}/progress') for name in names}
        self._patience_s = patience_s
        self._stopped = Event()
        self._topics: set[str] = set()

    def hears(self, topic: str) -> bool:
        """
        Tell whether a node listens to a topic.

        :param topic: full name.
        """
        return topic in self._topics

    def stop(self) -> None:
        """End every wait; may be called from any thread."""
        self._stopped.set()

    def await_connections(self, readers: Mapping[str, Callable[[], int]]) -> None:
        """
        Wait until every publisher has found every subscription of the nodes.

        :param readers: by topic of the player: tells how many subscriptions its publisher has
            found.
        :raises RecordingError: when it takes longer than the patience.
        """
        deadline = time.monotonic() + self._patience_s
        while not self._stopped.is_set():
            waiting = [name for name, client in self._clients.items()
                       if not client.service_is_ready()]
            if not waiting:
                wave = self._ask()
                self._topics = {topic for progress in wave.values()
                                for topic in progress.worked_off}
                waiting = _unconnected(wave, {
                    topic: count() for topic, count in readers.items()})
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise RecordingError(
                    f'After {self._patience_s:.0f} s these do not answer or are not connected: '
                    f'{", ".join(waiting)}; start the nodes with lockstep:=true.')
            self._stopped.wait(0.05)

    def settle(self, sent: Mapping[str, int], clock_ns: int,
               remind: Callable[[], None] = lambda: None) -> None:
        """
        Wait until the nodes are quiet.

        :param sent: messages the player has published, by topic.
        :param clock_ns: the time they must have reached [ns].
        :param remind: called when it takes long: publishes the clock again.
        :raises RecordingError: when it takes longer than the patience.
        """
        begin = reminded = time.monotonic()
        before: dict[str, Progress] | None = None
        while not self._stopped.is_set():
            wave = self._ask()
            obstacle = _obstacle(wave, sent, clock_ns)
            if not obstacle and wave == before:
                return
            before = wave if not obstacle else None
            now = time.monotonic()
            if now - begin > self._patience_s:
                raise RecordingError(
                    f'The nodes have not come to rest within {self._patience_s:.0f} s: '
                    f'{obstacle or "they publish all the time"}.')
            if now - reminded > _REMIND_S:
                remind()
                reminded = now
            if obstacle:
                self._stopped.wait(_PAUSE_S)

    def _ask(self) -> dict[str, Progress]:
        """Return the progress of every node; all are asked at once."""
        answers = {name: client.call_async(Trigger.Request())
                   for name, client in self._clients.items()}
        result = {}
        for name, answer in answers.items():
            arrived = Event()
            answer.add_done_callback(lambda _, arrived=arrived: arrived.set())
            deadline = time.monotonic() + max(self._patience_s, _ANSWER_S)
            while not arrived.wait(0.05):
                if self._stopped.is_set():
                    return {}
                if time.monotonic() > deadline:
                    raise RecordingError(f'The node {name} does not answer.')
            result[name] = Progress.from_json(answer.result().message)
        return result


def _obstacle(wave: Mapping[str, Progress], sent: Mapping[str, int], clock_ns: int) -> str:
    """Return why the nodes are not quiet, or ''."""
    published = Counter(sent)
    for progress in wave.values():
        published.update(progress.published)
    for name, progress in wave.items():
        if not progress.idle:
            return f'{name} is busy'
        if progress.clock_ns != clock_ns:
            return f'the clock has not reached {name}'
        for topic, count in progress.worked_off.items():
            if count != published[topic]:
                return f'{name} has worked off {count} of {published[topic]} messages of {topic}'
    return ''


def _unconnected(wave: Mapping[str, Progress], readers: Mapping[str, int]) -> list[str]:
    """Return the topics whose publisher has found fewer subscriptions than the nodes have."""
    listening = Counter(topic for progress in wave.values() for topic in progress.worked_off)
    found = dict(readers)
    for progress in wave.values():
        found.update(progress.readers)
    return [topic for topic, count in listening.items() if found.get(topic, count) < count]
