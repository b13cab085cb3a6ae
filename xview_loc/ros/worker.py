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

"""A thread that works on the newest of what it is given."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar
from weakref import WeakSet

from xview_loc.ros.latest_slot import LatestSlot

T = TypeVar('T')

_STOPPED: WeakSet[Thread] = WeakSet()


def unfinished() -> list[str]:
    """Return the names of workers that were stopped but are still inside a long call."""
    return sorted(thread.name for thread in _STOPPED if thread.is_alive())


class Worker(Generic[T]):
    """
    Runs one function on the newest value put into its slot.

    :param name: name of the thread.
    :param work: called with each value in the worker's thread.
    :param on_error: called in the worker's thread with what ``work`` raised; the worker goes on.
    """

    def __init__(self, name: str, work: Callable[[T], None],
                 on_error: Callable[[Exception], None]) -> None:
        """Start the thread."""
        self._slot: LatestSlot[T] = LatestSlot()
        self._work = work
        self._on_error = on_error
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def overwritten(self) -> int:
        """Return how many values were replaced before the worker was free for them."""
        return self._slot.overwritten

    @property
    def idle(self) -> bool:
        """Tell whether nothing is being worked on and nothing waits."""
        return self._slot.idle

    def put(self, value: T) -> None:
        """Hand over a value, replacing one that still waits."""
        self._slot.put(value)

    def clear(self) -> None:
        """Forget a value that still waits."""
        self._slot.clear()

    def stop(self, timeout: float = 1.5) -> bool:
        """
        Ask the thread to end and wait for it.

        :param timeout: longest wait [s]. A worker inside a long call ends with the process.
        :return: whether it has ended.
        """
        self._slot.close()
        _STOPPED.add(self._thread)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Work until the slot is closed."""
        while not self._slot.closed:
            value = self._slot.take()
            if value is None:
                continue
            try:
                self._work(value)
            except Exception as error:
                if not self._slot.closed:
                    self._on_error(error)
            finally:
                self._slot.done()
