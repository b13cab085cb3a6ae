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

"""Playing the messages of a bag at their times, without knowing where they go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
import threading

from xview_loc.recordings.bag_reader import BagMessage
from xview_loc.recordings.playback_clock import PlaybackClock
from xview_loc.recordings.read_ahead import ReadAhead


@dataclass
class PlaybackStatistics:
    """
    What has been played.

    :param messages: messages handed out.
    :param loops: completed passes over the bag.
    :param worst_lateness_s: longest delay of a message behind its time on the wall clock [s].
    """

    messages: int = 0
    loops: int = 0
    worst_lateness_s: float = 0.0


class Playback:
    """
    Hands messages out when their time has come, and ticks a clock in between.

    Ticks never run ahead of a message that has not been handed out, and between two starts of a
    loop they never go back.

    :param open_messages: opens the messages anew, from the start bag time on.
    :param clock: the bag clock; it starts with the first message, however long opening takes.
    :param publish: takes each message.
    :param tick: takes the bag time [ns] at every tick.
    :param start_ns: bag time to jump to when looping [ns].
    :param loop: start again at the end.
    :param tick_period_s: wall time between ticks [s].
    """

    def __init__(self, open_messages: Callable[[], Iterable[BagMessage]], clock: PlaybackClock,
                 publish: Callable[[BagMessage], None], tick: Callable[[int], None], *,
                 start_ns: int, loop: bool = False, tick_period_s: float = 0.01):
        """Prepare; nothing is read before :meth:`run`."""
        self._open = open_messages
        self._clock = clock
        self._publish = publish
        self._tick = tick
        self._start_ns = start_ns
        self._loop = loop
        self._period_ns = round(tick_period_s * 1e9)
        self._wake = threading.Condition()
        self._stopped = False
        self._next_tick_ns = 0
        self.statistics = PlaybackStatistics()

    @property
    def paused(self) -> bool:
        """Tell whether playing is paused."""
        return self._clock.paused

    def set_paused(self, paused: bool) -> None:
        """Pause or resume; may be called from any thread."""
        with self._wake:
            self._clock.set_paused(paused)
            self._wake.notify_all()

    def stop(self) -> None:
        """End :meth:`run` as soon as possible; may be called from any thread."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()

    def run(self) -> PlaybackStatistics:
        """
        Play until the end, or until stopped when looping.

        :raises RecordingError: when the bag is damaged; what came before was played.
        """
        while not self._stopped:
            source = ReadAhead(self._open())
            try:
                played = self._play(iter(source))
            finally:
                source.close()
            if self._stopped or not self._loop or played == 0:
                break
            self.statistics.loops += 1
        return self.statistics

    def _restart(self) -> None:
        """Let bag time begin now, when the first message is at hand."""
        with self._wake:
            self._clock.jump_to(self._start_ns)
        self._tick(self._start_ns)
        self._next_tick_ns = self._clock.steady_ns() + self._period_ns

    def _play(self, messages: Iterator[BagMessage]) -> int:
        """Hand out one pass of messages and return how many there were."""
        count = 0
        for message in messages:
            if count == 0:
                self._restart()
            if not self._wait_until(message.log_ns):
                break
            late = -self._clock.wall_seconds_until(message.log_ns)
            self.statistics.worst_lateness_s = max(self.statistics.worst_lateness_s, late)
            self._publish(message)
            self.statistics.messages += 1
            count += 1
        else:
            self._tick(self._clock.now_ns())
        return count

    def _wait_until(self, bag_ns: int) -> bool:
        """Tick until a bag time has come; False when stopped meanwhile."""
        while True:
            now_ns = self._clock.steady_ns()
            if now_ns >= self._next_tick_ns:
                self._tick(min(self._clock.now_ns(), bag_ns))
                # Ticks that were missed are not made up for.
                missed = (now_ns - self._next_tick_ns) // self._period_ns
                self._next_tick_ns += (missed + 1) * self._period_ns
            with self._wake:
                if self._stopped:
                    return False
                until_message = self._clock.wall_seconds_until(bag_ns)
                if until_message <= 0.0:
                    return True
                until_tick = (self._next_tick_ns - self._clock.steady_ns()) * 1e-9
                self._wake.wait(max(min(until_message, until_tick), 0.0))
