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

"""What went wrong inside an imagery source without stopping it."""

from __future__ import annotations

from collections import Counter
from threading import Lock

MAX_REMEMBERED = 10_000


class WarningLog:
    """
    Counts damaged pieces of a source, once each, safe to use from several threads.

    Memory is bounded: after ``MAX_REMEMBERED`` distinct pieces only the counts go on.
    """

    def __init__(self):
        self._lock = Lock()
        self._seen: set[tuple[str, str]] = set()
        self._counts: Counter[str] = Counter()
        self._last: dict[str, str] = {}

    def add(self, kind: str, where: str, reason: str = '') -> None:
        """
        Count a damaged piece; the same piece counts once.

        :param kind: what is wrong, in a few words that stay the same: ``'broken tile'``.
        :param where: which piece: ``'18/137/92'``.
        :param reason: the sentence of the error that revealed it.
        """
        with self._lock:
            if (kind, where) in self._seen:
                return
            if len(self._seen) < MAX_REMEMBERED:
                self._seen.add((kind, where))
            self._counts[kind] += 1
            self._last[kind] = f'{where} ({reason})' if reason else where

    @property
    def counts(self) -> dict[str, int]:
        """Return how often each kind occurred."""
        with self._lock:
            return dict(self._counts)

    @property
    def total(self) -> int:
        """Return how many damaged pieces were met."""
        return sum(self.counts.values())

    def messages(self) -> list[str]:
        """Return one sentence per kind, with its count and its latest place."""
        with self._lock:
            return [f'{count} x {kind}, latest {self._last[kind]}.'
                    for kind, count in sorted(self._counts.items())]

    def __len__(self) -> int:
        return self.total
