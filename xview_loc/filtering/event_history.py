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

"""Pending events and those already handled, so that late ones can still take their place."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
import math

from xview_loc.filtering.belief import Belief
from xview_loc.filtering.filter_event import EventKey, EventKind, FilterEvent


@dataclass(frozen=True)
class HandledEvent:
    """An event and the belief right after it."""

    event: FilterEvent
    belief: Belief | None


def _key_of(item):
    return item.key if isinstance(item, FilterEvent) else item.event.key


class EventHistory:
    """
    Keeps the last beliefs, so that the filter can go back and handle a late event in its place.

    :param duration_s: how far back events are kept behind the newest handled one [s].
    :param largest_count: never keeps more events of either sort.
    """

    def __init__(self, duration_s: float, largest_count: int = 1000):
        """Start empty."""
        self._duration = duration_s
        self._largest_count = largest_count
        self._pending: list[FilterEvent] = []
        self._handled: list[HandledEvent] = []
        self._base: Belief | None = None
        self._base_stamp = -math.inf

    @property
    def belief(self) -> Belief | None:
        """Return the belief after the last handled event."""
        return self._handled[-1].belief if self._handled else self._base

    @property
    def handled(self) -> list[HandledEvent]:
        """Return the events that can still be undone, in order."""
        return self._handled

    @property
    def pending_count(self) -> int:
        """Return how many events wait."""
        return len(self._pending)

    def next_pending(self) -> FilterEvent | None:
        """Return the earliest event that waits."""
        return self._pending[0] if self._pending else None

    def is_too_late(self, key: EventKey) -> bool:
        """Tell whether an event belongs before everything that can be undone."""
        return key.stamp <= self._base_stamp

    def contains(self, key: EventKey) -> bool:
        """Tell whether an event is known already."""
        for items in (self._pending, self._handled):
            place = bisect_left(items, key, key=_key_of)
            if place < len(items) and _key_of(items[place]) == key:
                return True
        return False

    def insert(self, event: FilterEvent) -> int:
        """
        Take an event; undo what was handled after it.

        :param event: not too late and not known.
        :return: number of events undone.
        """
        undone = 0
        if self._handled and event.key < self._handled[-1].event.key:
            undone = self.undo_from(event.key)
        insort(self._pending, event, key=_key_of)
        # The farthest future is the likeliest to be a broken clock.
        del self._pending[self._largest_count:]
        return undone

    def undo_from(self, key: EventKey) -> int:
        """Make the handled events from a key on pending again; return how many."""
        place = bisect_left(self._handled, key, key=_key_of)
        undone = self._handled[place:]
        del self._handled[place:]
        for item in undone:
            if item.event.key.kind is not EventKind.TICK:
                insort(self._pending, item.event, key=_key_of)
        return len(undone)

    def undo_after(self, stamp: float) -> int:
        """Make everything handled after a stamp pending again; return how many."""
        return self.undo_from(EventKey(math.nextafter(stamp, math.inf), EventKind.POSE))

    def append(self, event: FilterEvent, belief: Belief | None) -> None:
        """
        Note that an event was handled.

        :param event: the earliest pending one, or a tick before it.
        :param belief: right after it.
        """
        if self._pending and self._pending[0].key == event.key:
            del self._pending[0]
        self._handled.append(HandledEvent(event, belief))
        oldest = event.key.stamp - self._duration
        while self._handled[0].event.key.stamp < oldest or (
                len(self._handled) > self._largest_count):
            forgotten = self._handled.pop(0)
            self._base = forgotten.belief
            self._base_stamp = forgotten.event.key.stamp

    def belief_before(self, stamp: float) -> Belief | None:
        """Return the last belief at or before a stamp; ``None`` where it is forgotten."""
        for item in reversed(self._handled):
            if item.belief is not None and item.belief.stamp <= stamp:
                return item.belief
        if self._base is not None and self._base.stamp <= stamp:
            return self._base
        return None

    def restart(self, after_stamp: float) -> None:
        """Forget all events and beliefs; refuse events up to a stamp."""
        self._pending.clear()
        self._handled.clear()
        self._base = None
        self._base_stamp = after_stamp
