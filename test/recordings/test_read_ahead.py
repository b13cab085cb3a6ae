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

"""Reading ahead."""

import threading

import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagMessage
from xview_loc.recordings.read_ahead import ReadAhead


def messages(count, size=10):
    """Yield messages of one size."""
    for i in range(count):
        yield BagMessage('/a', 'x/msg/Y', i, bytes(size))


def test_everything_comes_in_order():
    assert [m.log_ns for m in ReadAhead(messages(1000), limit_bytes=50)] == list(range(1000))


def test_messages_before_an_error_come_first():
    def broken():
        yield from messages(3)
        raise RecordingError('cut')

    found = []
    with pytest.raises(RecordingError, match='cut'):
        for message in ReadAhead(broken()):
            found.append(message.log_ns)
    assert found == [0, 1, 2]


def test_memory_is_bounded():
    read = []

    def counted():
        for message in messages(1000):
            read.append(message.log_ns)
            yield message

    source = ReadAhead(counted(), limit_bytes=50)
    next(iter(source))
    source.close()
    # Five messages fill the limit, one was taken, one is in the thread's hands.
    assert len(read) <= 8


def test_closing_ends_a_thread_that_waits_for_room():
    before = threading.active_count()
    source = ReadAhead(messages(10**9), limit_bytes=50)
    source.close()
    assert threading.active_count() == before
    assert list(source) == []


def test_empty_source_ends():
    assert list(ReadAhead(iter(()))) == []
