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

"""Politeness towards a server."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
import time

from xview_loc.errors import ImageryError


class RateLimiter:
    """
    Spaces the requests of all threads evenly, and holds all of them when the server asks.

    :param per_second: the most requests a second.
    :param clock: monotonic seconds.
    :param sleep: waits for seconds.
    :raises ImageryError: when the rate is not positive.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], object] = time.sleep):
        if not per_second > 0.0:
            raise ImageryError(f'The rate of {per_second} requests a second must be positive.')
        self._interval = 1.0 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._lock = Lock()

    def wait(self) -> None:
        """Wait for this thread's turn."""
        with self._lock:
            turn = max(self._next, self._clock())
            self._next = turn + self._interval
        delay = turn - self._clock()
        if delay > 0.0:
            self._sleep(delay)

    def pause(self, seconds: float) -> None:
        """
        Let no thread send a request for a while.

        :param seconds: from now on.
        """
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
