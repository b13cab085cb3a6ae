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

"""Reading messages ahead of their time in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
import threading

from xview_loc.recordings.bag_reader import BagMessage


class ReadAhead:
    """
    Messages of an iterable, read by a thread so that a slow disk does not make them late.

    An exception of the iterable is raised to the consumer after the messages before it.

    :param messages: what to read; used by the thread alone.
    :param limit_bytes: how much to hold at most, beyond a single message.
    """

    def __init__(self, messages: Iterable[BagMessage], limit_bytes: int = 64 << 20):
        """Start the thread."""
        self._messages = messages
        self._limit = limit_bytes
        self._held = 0
        self._queue: deque[BagMessage] = deque()
        self._changed = threading.Condition()
        self._error: Exception | None = None
        self._done = self._closed = False
        self._thread = threading.Thread(target=self._read, name='read_ahead', daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[BagMessage]:
        """Yield the messages in order."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._done)
                if not self._queue:
                    break
                message = self._queue.popleft()
                self._held -= len(message.data)
                self._changed.notify_all()
            yield message
        if self._error is not None:
            raise self._error

    def close(self, timeout_s: float = 1.0) -> None:
        """Stop the thread and forget what it has read."""
        with self._changed:
            self._closed = self._done = True
            self._queue.clear()
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _read(self) -> None:
        """Fill the queue until the end or until closed."""
        try:
            for message in self._messages:
                with self._changed:
                    self._changed.wait_for(lambda: self._held < self._limit or self._closed)
                    if self._closed:
                        return
                    self._queue.append(message)
                    self._held += len(message.data)
                    self._changed.notify_all()
        except Exception as error:  # noqa: B902 - handed to the consumer, who raises it
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()
