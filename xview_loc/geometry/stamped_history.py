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

"""A short history of anything, in the order of its stamps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
import math
from threading import RLock
from typing import Generic, TypeVar

from xview_loc.errors import GeometryError

Value = TypeVar('Value')


class StampedHistory(Generic[Value]):
    """
    Values by stamp, whatever order they arrive in; old ones are forgotten.

    One thread may add while others look up.

    :param duration_s: how far back from the newest stamp values are kept [s].
    :raises GeometryError: when the duration is not positive.
    """

    def __init__(self, duration_s: float):
        if not duration_s > 0.0:
            raise GeometryError(f'duration_s is {duration_s}; it must be positive.')
        self._duration = duration_s
        self._lock = RLock()
        self._stamps: list[float] = []
        self._values: list[Value] = []

    def __len__(self) -> int:
        """Return the number of values held."""
        return len(self._stamps)

    @property
    def latest(self) -> tuple[float, Value] | None:
        """Return the newest stamp and value, or ``None`` when empty."""
        with self._lock:
            return self._entry(-1) if self._stamps else None

    @property
    def span(self) -> tuple[float, float] | None:
        """Return the oldest and the newest stamp, or ``None`` when empty."""
        with self._lock:
            return (self._stamps[0], self._stamps[-1]) if self._stamps else None

    def clear(self) -> None:
        """Forget everything, as after a jump in time."""
        with self._lock:
            self._stamps.clear()
            self._values.clear()

    def add(self, stamp: float, value: Value) -> bool:
        """
        Insert a value; one with a stamp that is already held replaces it.

        :param stamp: time of the value [s]; need not be the newest.
        :param value: the value.
        :return: False when the stamp is older than the history reaches. A run of these means that
            time has jumped back and the history must be cleared.
        :raises GeometryError: when the stamp is not finite.
        """
        if not math.isfinite(stamp):
            raise GeometryError(f'The stamp {stamp} is not a time.')
        with self._lock:
            if self._stamps and stamp < self._stamps[-1] - self._duration:
                return False
            index = bisect_left(self._stamps, stamp)
            if index < len(self._stamps) and self._stamps[index] == stamp:
                self._values[index] = value
            else:
                self._stamps.insert(index, stamp)
                self._values.insert(index, value)
                self._forget_before(self._stamps[-1] - self._duration)
            return True

    def _forget_before(self, stamp):
        count = bisect_left(self._stamps, stamp)
        del self._stamps[:count]
        del self._values[:count]

    def bracket(self, stamp: float) -> tuple[tuple[float, Value] | None,
                                             tuple[float, Value] | None]:
        """
        Return the neighbours of a time.

        :param stamp: time asked for [s].
        :return: the newest entry at or before it and the oldest after it, each ``(stamp, value)``
            or ``None``.
        """
        with self._lock:
            index = bisect_right(self._stamps, stamp)
            before = self._entry(index - 1) if index > 0 else None
            after = self._entry(index) if index < len(self._stamps) else None
            return before, after

    def _entry(self, index: int) -> tuple[float, Value]:
        return self._stamps[index], self._values[index]
