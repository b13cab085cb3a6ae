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

"""The schedule of playback."""

import threading
import time

import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagMessage
from xview_loc.recordings.playback import Playback
from xview_loc.recordings.playback_clock import PlaybackClock

START = 10**9
MS = 10**6


def messages(*offsets_ms):
    """Return a function that opens messages at offsets from the start."""
    return lambda: [BagMessage('/a', 'x/msg/Y', START + round(o * MS), b'x') for o in offsets_ms]


class Recorder:
    """Keeps what a playback hands out, with the steady time."""

    def __init__(self):
        self.events = []

    def publish(self, message):
        self.events.append(('message', message.log_ns, time.monotonic_ns()))

    def tick(self, bag_ns):
        self.events.append(('tick', bag_ns, time.monotonic_ns()))

    def times(self, kind):
        """Return bag times of a kind of event."""
        return [bag_ns for name, bag_ns, _ in self.events if name == kind]


def playback(source, recorder, *, rate=1.0, **options):
    """Return a playback into a recorder."""
    return Playback(source, PlaybackClock(START, rate), recorder.publish, recorder.tick,
                    start_ns=START, **options)


def test_messages_never_come_early_and_ticks_never_overtake_them():
    recorder = Recorder()
    offsets = [3 * i for i in range(100)]
    statistics = playback(messages(*offsets), recorder).run()
    assert statistics.messages == 100
    began = recorder.events[0][2]
    last_message = START
    for kind, bag_ns, steady_ns in recorder.events:
        assert bag_ns - START <= steady_ns - began + MS
        if kind == 'message':
            last_message = bag_ns
        else:
            # The next message comes 3 ms after the last one.
            assert bag_ns <= last_message + 3 * MS or bag_ns - START >= 297 * MS
    assert recorder.times('tick') == sorted(recorder.times('tick'))


def test_slow_opening_makes_no_message_late():
    def slow():
        time.sleep(0.3)
        return messages(0, 50)()

    player = playback(slow, Recorder())
    time.sleep(0.2)
    assert player.run().worst_lateness_s < 0.1


def test_rate_shortens_the_wait():
    recorder = Recorder()
    began = time.monotonic()
    playback(messages(0, 2000), recorder, rate=20.0).run()
    assert 0.1 <= time.monotonic() - began < 1.0


def test_ticks_come_at_their_period():
    recorder = Recorder()
    playback(messages(0, 500), recorder, tick_period_s=0.01).run()
    # Ticks that a busy machine misses are not made up for, but most must be there.
    assert 25 <= len(recorder.times('tick')) <= 53


def test_loop_jumps_back_to_the_start():
    recorder = Recorder()
    player = playback(messages(0, 10, 20), recorder, loop=True, tick_period_s=0.005)

    def publish(message):
        recorder.publish(message)
        if len(recorder.times('message')) == 9:
            player.stop()

    player._publish = publish
    statistics = player.run()
    assert statistics.loops == 2
    assert recorder.times('message') == 3 * [START, START + 10 * MS, START + 20 * MS]
    ticks = recorder.times('tick')
    backwards = [later for earlier, later in zip(ticks, ticks[1:]) if later < earlier]
    assert backwards == [START, START]


def test_pause_holds_messages_and_keeps_ticking():
    recorder = Recorder()
    player = playback(messages(*range(0, 100, 10)), recorder, tick_period_s=0.002)
    player.set_paused(True)
    thread = threading.Thread(target=player.run)
    thread.start()
    wait_until(lambda: len(recorder.times('tick')) > 20)
    assert recorder.times('message') == []
    assert set(recorder.times('tick')) == {recorder.times('tick')[0]}
    player.set_paused(False)
    thread.join(5.0)
    assert not thread.is_alive()
    assert len(recorder.times('message')) == 10


@pytest.mark.parametrize('paused', [False, True])
def test_stop_ends_at_once(paused):
    recorder = Recorder()
    player = playback(messages(0, 3_600_000), recorder)
    thread = threading.Thread(target=player.run)
    thread.start()
    wait_until(lambda: recorder.times('message'))
    player.set_paused(paused)
    player.stop()
    thread.join(1.0)
    assert not thread.is_alive()


def test_damage_is_reported_after_what_could_be_read():
    def broken():
        yield from messages(0, 1)()
        raise RecordingError('cut')

    recorder = Recorder()
    with pytest.raises(RecordingError, match='cut'):
        playback(broken, recorder).run()
    assert len(recorder.times('message')) == 2


def test_empty_bag_does_not_loop_forever():
    assert playback(messages(), Recorder(), loop=True).run().messages == 0


def wait_until(condition, timeout=5.0):
    """Wait until something holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)
