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


"""A player goes on only when everything it has caused is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from threading import Event, Thread
import time

import pytest
from ros_bench import overrides
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String

from xview_loc.errors import RecordingError
from xview_loc.ros.lockstep import Lockstep
from xview_loc.ros.managed_node import ManagedNode
from xview_loc.ros.qos import RESULT, SENSOR
from xview_loc.ros.worker import Worker

pytestmark = pytest.mark.ros


@dataclass(frozen=True)
class NoConfig:
    """No parameters."""


class Stage(ManagedNode):
    """Passes words on from a worker that takes its time; the last stage keeps them."""

    def __init__(self, name, source, target, lockstep=True):
        self.kept = []
        self.go_on = Event()
        self.go_on.set()
        self._source, self._target = source, target
        super().__init__(name, NoConfig, parameter_overrides=overrides(
            lockstep=lockstep, use_sim_time=True))

    @property
    def idle(self):
        return self.worker.idle

    def configure(self):
        self.out = self.advertise(String, self._target, RESULT)

    def activate(self):
        self.worker = Worker(self.get_name(), self.work, on_error=print)
        self.listen(String, self._source, self.worker.put, SENSOR)

    def stop_workers(self):
        self.worker.stop()

    def work(self, message):
        time.sleep(0.05)
        assert self.go_on.wait(10.0)
        self.kept.append(message.data)
        self.out.publish(message)


@pytest.fixture
def chain(bench):
    """Return two stages in a row."""
    return [bench.add(Stage('first', 'words', 'more_words')),
            bench.add(Stage('second', 'more_words', 'result'))]


@pytest.fixture
def publisher(bench):
    """Return the publisher that begins it."""
    return bench.tester.create_publisher(String, 'words', RESULT)


def connected(bench, lockstep, publisher):
    """Let the lockstep find every connection."""
    run(bench, lambda: lockstep.await_connections(
        {'/words': publisher.get_subscription_count}))


def run(bench, call, timeout=15.0):
    """Call in a thread while the bench spins; raise what it raised."""
    raised = []

    def body():
        try:
            call()
        except RecordingError as error:
            raised.append(error)

    thread = Thread(target=body, daemon=True)
    thread.start()
    bench.until(lambda: not thread.is_alive(), 'the call returns', timeout)
    if raised:
        raise raised[0]


def at(bench, stages, seconds=5):
    """Let the clock of the stages reach a time and return it [ns]."""
    ticks = Clock()
    ticks.clock.sec = seconds
    bench.until(lambda: all(stage.get_clock().now().nanoseconds == seconds * 10 ** 9
                            for stage in stages), 'the clock',
                meanwhile=lambda: bench.publish('/clock', ticks))
    return seconds * 10 ** 9


def test_each_message_has_come_through_before_the_next_is_sent(bench, chain, publisher):
    clock, sent = at(bench, chain), Counter()
    lockstep = Lockstep(bench.tester, ['first', 'second'])
    connected(bench, lockstep, publisher)
    assert lockstep.hears('/words') and lockstep.hears('/more_words')
    assert not lockstep.hears('/result')
    for word in 'one two three four five'.split():
        publisher.publish(String(data=word))
        sent['/words'] += 1
        run(bench, lambda: lockstep.settle(sent, clock))
        assert chain[1].kept[-1] == word
    assert chain[0].kept == chain[1].kept == 'one two three four five'.split()


def test_a_busy_worker_is_waited_for_and_named_when_it_takes_too_long(bench, chain, publisher):
    clock = at(bench, chain)
    lockstep = Lockstep(bench.tester, ['first', 'second'], patience_s=1.0)
    connected(bench, lockstep, publisher)
    chain[1].go_on.clear()
    publisher.publish(String(data='word'))
    with pytest.raises(RecordingError, match='come to rest within 1 s: second is busy'):
        run(bench, lambda: lockstep.settle({'/words': 1}, clock))
    chain[1].go_on.set()
    run(bench, lambda: lockstep.settle({'/words': 1}, clock))


def test_a_message_that_never_arrives_is_named(bench, chain, publisher):
    clock = at(bench, chain)
    lockstep = Lockstep(bench.tester, ['first', 'second'], patience_s=0.5)
    connected(bench, lockstep, publisher)
    with pytest.raises(RecordingError, match='first has worked off 0 of 1 messages of /words'):
        run(bench, lambda: lockstep.settle({'/words': 1}, clock))


def test_a_clock_that_does_not_arrive_is_reminded_and_named(bench, chain, publisher):
    clock, reminders = at(bench, chain), []
    lockstep = Lockstep(bench.tester, ['first', 'second'], patience_s=0.5)
    connected(bench, lockstep, publisher)
    with pytest.raises(RecordingError, match='the clock has not reached first'):
        run(bench, lambda: lockstep.settle({}, clock + 1, lambda: reminders.append(1)))
    assert len(reminders) >= 2


def test_a_node_without_lockstep_is_named(bench):
    bench.add(Stage('first', 'words', 'more_words', lockstep=False))
    lockstep = Lockstep(bench.tester, ['first'], patience_s=0.5)
    with pytest.raises(RecordingError, match='first; start the nodes with lockstep:=true'):
        run(bench, lambda: lockstep.await_connections({}))


def test_a_stop_ends_every_wait(bench, chain):
    lockstep = Lockstep(bench.tester, ['first', 'nobody'])
    Thread(target=lambda: (time.sleep(0.2), lockstep.stop()), daemon=True).start()
    begin = time.monotonic()
    run(bench, lambda: lockstep.await_connections({}))
    assert time.monotonic() - begin < 5.0
