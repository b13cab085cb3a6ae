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

"""
Play a bag into topics, with the simulated clock.

Messages go out as they are stored, without decoding. Publishes ``/clock`` and every topic of the
bag whose type is installed, with the recorded quality of service. The service ``~/set_paused``
(``std_srvs/SetBool``) pauses and resumes. The process ends with the bag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
import sys
from threading import Event, Thread
import time

import rclpy
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from std_srvs.srv import SetBool

from xview_loc.errors import RecordingError, XviewLocError
from xview_loc.recordings.bag_reader import BagMessage, BagReader
from xview_loc.recordings.playback import Playback
from xview_loc.recordings.playback_clock import PlaybackClock
from xview_loc.ros.bag_player_config import BagPlayerConfig
from xview_loc.ros.bag_publishers import BagPublishers
from xview_loc.ros.lockstep import Lockstep
from xview_loc.ros.lockstep_playback import LockstepPlayback
from xview_loc.ros.parameters import build, declare, read, table_of
from xview_loc.ros.process import run

_IDLE_CLOCK_HZ = 100.0


class BagPlayer(Node):
    """
    Plays the bag named by its parameters in a thread of its own.

    :param on_end: called in the playing thread when the bag has ended or is damaged.
    :raises ConfigurationError: when a parameter is refused.
    :raises RecordingError: when the bag cannot be opened.
    """

    def __init__(self, on_end: Callable[[], object] = lambda: None, **options):
        """Read the parameters and the bag's index, and create the publishers."""
        super().__init__('bag_player', **options)
        self._on_end = on_end
        table = table_of(BagPlayerConfig)
        declare(self, table)
        self.config = build(BagPlayerConfig, read(self, table), table)
        self.error: XviewLocError | None = None
        self._thread: Thread | None = None
        self._stopping = Event()
        with BagReader(self.config.bag) as reader:
            self._outputs = BagPublishers(self, self.config, reader)
            self._start_ns = reader.start_ns + round(self.config.start_offset * 1e9)
            self._stop_ns = reader.end_ns + 1
            duration_s = reader.duration_s
        if self.config.start_offset > duration_s:
            raise RecordingError(
                f'start_offset is {self.config.start_offset} s; {self.config.bag} lasts '
                f'{duration_s:.1f} s.')
        if self.config.duration > 0.0:
            self._stop_ns = min(
                self._stop_ns, self._start_ns + round(self.config.duration * 1e9))
        self._playback = self._create_playback()
        self._stepping: LockstepPlayback | None = None
        if self.config.awaited_nodes:
            self._stepping = LockstepPlayback(
                self._messages, Lockstep(self, self.config.awaited_nodes),
                self._outputs.by_topic, self._outputs.tick)
        self.create_service(SetBool, '~/set_paused', self._on_set_paused)

    @property
    def paused(self) -> bool:
        """Tell whether playing is paused."""
        return self._playback.paused

    @property
    def finished(self) -> bool:
        """Tell whether everything has been played, or playing has failed."""
        return self._thread is not None and not self._thread.is_alive()

    def start(self) -> None:
        """Begin to play."""
        self._thread = Thread(target=self._play, name='playback', daemon=True)
        self._thread.start()

    def stop_workers(self) -> None:
        """Stop playing; called before the node is destroyed."""
        self._stopping.set()
        self._outputs.stop()
        self._playback.stop()
        if self._stepping is not None:
            self._stepping.stop()
        if self._thread is not None:
            self._thread.join(1.5)

    def _create_playback(self) -> Playback:
        """Create the schedule of the messages."""
        clock = PlaybackClock(
            self._start_ns, self.config.rate, paused=self.config.start_paused)
        return Playback(
            self._messages, clock, self._outputs.send, self._outputs.tick,
            start_ns=self._start_ns, loop=self.config.loop,
            tick_period_s=1.0 / (self.config.clock_rate or _IDLE_CLOCK_HZ))

    def _play(self) -> None:
        """Wait for subscribers and play; the body of the thread."""
        try:
            self._outputs.await_subscribers(self._start_ns)
            self._publish_latched()
            began = time.monotonic()
            if self._stepping is not None:
                count = self._stepping.run(self._start_ns)
                self.get_logger().info(
                    f'Played {count} messages in lockstep in {time.monotonic() - began:.1f} s.')
                return
            played = self._playback.run()
            if not self._stopping.is_set():
                self._outputs.await_delivery()
                self.get_logger().info(
                    f'Played {played.messages} messages in {time.monotonic() - began:.1f} s, '
                    f'at most {1e3 * played.worst_lateness_s:.1f} ms late.')
        except XviewLocError as error:
            self.error = error
        except rclpy_implementation.RCLError:
            if self.context.ok():  # else the process was asked to end meanwhile
                raise
        finally:
            self._on_end()

    def _messages(self) -> Iterator[BagMessage]:
        """Open the bag and yield what is to be played."""
        with BagReader(self.config.bag) as reader:
            yield from reader.serialized(
                self._outputs.by_topic, start_ns=self._start_ns, stop_ns=self._stop_ns)

    def _publish_latched(self) -> None:
        """Send the latched messages from before the start, which late subscribers would have."""
        latched = self._outputs.latched
        if not latched or self.config.start_offset <= 0.0:
            return
        send = self._outputs.send if self._stepping is None else self._stepping.send
        with BagReader(self.config.bag) as reader:
            for message in reader.serialized(latched, stop_ns=self._start_ns):
                send(message)

    def _on_set_paused(self, request, response):
        """Pause or resume."""
        self._playback.set_paused(request.data)
        response.success = True
        response.message = 'paused' if request.data else 'playing'
        return response


def main(args: Sequence[str] | None = None) -> int:
    """
    Play a bag until its end or until interrupted.

    :param args: command line; that of the process when ``None``.
    :return: exit code: 0 at the end of the bag and after Ctrl-C, 2 when a parameter is refused or
        the bag is damaged.
    """
    players: list[BagPlayer] = []

    def nodes() -> list[BagPlayer]:
        players.append(BagPlayer(rclpy.try_shutdown))
        return players

    code = run(nodes, args)
    error = next((player.error for player in players if player.error), None)
    if error is not None:
        print(f'xview_loc: {error}', file=sys.stderr)
        return 2
    return code


if __name__ == '__main__':
    sys.exit(main())
