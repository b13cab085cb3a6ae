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

"""The worker works on the newest value, survives errors and stops when told."""

from threading import Event

from xview_loc.ros.worker import Worker

PATIENCE = 5.0


def test_values_that_arrive_while_busy_are_replaced_by_the_newest():
    started, go_on, finished, done = Event(), Event(), Event(), []

    def work(value):
        done.append(value)
        started.set()
        if value == 'last':
            finished.set()
        assert go_on.wait(PATIENCE)

    worker = Worker('test', work, on_error=done.append)
    worker.put('first')
    assert started.wait(PATIENCE)
    for value in ('second', 'third', 'last'):
        worker.put(value)
    assert not worker.idle
    go_on.set()
    assert finished.wait(PATIENCE)
    assert worker.stop()
    assert done == ['first', 'last']
    assert worker.overwritten == 2


def test_an_error_is_reported_and_the_next_value_is_worked_on():
    errors, good = [], Event()

    def work(value):
        if value is bad:
            raise ValueError('no')
        good.set()

    bad = object()
    reported = Event()

    def on_error(error):
        errors.append(error)
        reported.set()

    worker = Worker('test', work, on_error)
    worker.put(bad)
    assert reported.wait(PATIENCE)
    worker.put('good')
    assert good.wait(PATIENCE)
    assert worker.stop()
    assert [str(error) for error in errors] == ['no']


def test_an_idle_worker_stops_at_once():
    worker = Worker('test', lambda value: None, on_error=print)
    assert worker.idle
    assert worker.stop(timeout=1.0)


def test_errors_after_the_stop_are_not_reported():
    started, go_on, errors = Event(), Event(), []

    def work(_value):
        started.set()
        go_on.wait(PATIENCE)
        raise ValueError('context is gone')

    worker = Worker('test', work, errors.append)
    worker.put(1)
    assert started.wait(PATIENCE)
    assert not worker.stop(timeout=0.01)
    go_on.set()
    assert worker.stop()
    assert errors == []
