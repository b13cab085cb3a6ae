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

"""Hand-over between threads where only the newest value counts."""

from __future__ import annotations

from threading import Condition
from typing import Generic, TypeVar

T = TypeVar('T')


class LatestSlot(Generic[T]):
    """
    A place for one value that the newest value overwrites.

    The producer never waits; the consumer always gets the freshest value. What was overwritten
    unread is counted, because dropping is normal and silent dropping is not.
    """

    def __init__(self) -> None:
        """Start empty and open."""
        self._condition = Condition()
        self._value: T | None = None
        self._taken = False
        self._closed = False
        self._overwritten = 0

    @property
    def overwritten(self) -> int:
        """Return how many values were replaced before anybody took them."""
        return self._overwritten

    @property
    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return self._value is None

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits and what was taken is done."""
        with self._condition:
            return self._value is None and not self._taken

    def put(self, value: T) -> None:
        """Place a value; it is discarded when the slot is closed."""
        with self._condition:
            if self._closed:
                return
            if self._value is not None:
                self._overwritten += 1
            self._value = value
            self._condition.notify()

    def take(self, timeout: float | None = None) -> T | None:
        """
        Wait for a value and remove it.

        :param timeout: longest wait [s]; forever when ``None``.
        :return: ``None`` when the time is over or the slot is closed.
        """
        with self._condition:
            self._condition.wait_for(
                lambda: self._value is not None or self._closed, timeout)
            value, self._value = self._value, None
            self._taken = value is not None
            return value

    def done(self) -> None:
        """Note that what was taken last is worked off."""
        with self._condition:
            self._taken = False

    def clear(self) -> None:
        """Forget an unread value without counting it."""
        with self._condition:
            self._value = None

    def close(self) -> None:
        """Wake the consumer up and accept nothing more."""
        with self._condition:
            self._closed = True
            self._value = None
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        """Tell whether the slot was closed."""
        return self._closed
