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

"""Decoded tiles in memory, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from xview_loc.errors import ImageryError
from xview_loc.imagery.block import Block

DEFAULT_CACHE_BYTES = 128 * 2 ** 20

# A key, its list node and the dictionary slot, measured with tracemalloc on CPython 3.11.
ENTRY_OVERHEAD_BYTES = 400


@dataclass(frozen=True)
class CacheStatistics:
    """
    How a cache is doing.

    :param hits: lookups answered from memory.
    :param misses: lookups that had to decode.
    :param evictions: entries dropped to keep the limit.
    :param entries: entries held now.
    :param used_bytes: memory held now [bytes].
    :param limit_bytes: the most it may hold [bytes].
    """

    hits: int
    misses: int
    evictions: int
    entries: int
    used_bytes: int
    limit_bytes: int

    @property
    def hit_rate(self) -> float:
        """Return the share of lookups answered from memory, 0 before the first."""
        lookups = self.hits + self.misses
        return self.hits / lookups if lookups else 0.0


class TileCache:
    """
    Least-recently-used decoded blocks, shared by threads and sources.

    ``None`` is a value like any other: it remembers that a tile does not exist.

    :param limit_bytes: the most memory the entries may hold, their overhead included [bytes].
    :raises ImageryError: when the limit is negative.
    """

    def __init__(self, limit_bytes: int = DEFAULT_CACHE_BYTES):
        if limit_bytes < 0:
            raise ImageryError(
                f'The tile cache limit is {limit_bytes} bytes; it must not be negative.')
        self._limit = int(limit_bytes)
        self._used = 0
        self._entries: OrderedDict[Hashable, Block | None] = OrderedDict()
        self._hits = self._misses = self._evictions = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> tuple[bool, Block | None]:
        """
        Look an entry up and mark it as recently used.

        :param key: source, level, row and column of the block.
        :return: whether it is there, and its value.
        """
        with self._lock:
            if key not in self._entries:
                self._misses += 1
                return False, None
            self._hits += 1
            self._entries.move_to_end(key)
            return True, self._entries[key]

    def put(self, key: Hashable, block: Block | None) -> None:
        """
        Remember a block; the least recently used ones make room.

        A block larger than the whole cache is not kept.
        """
        size = _entry_bytes(block)
        with self._lock:
            if key in self._entries:
                self._used -= _entry_bytes(self._entries.pop(key))
            if size > self._limit:
                return
            self._entries[key] = block
            self._used += size
            while self._used > self._limit:
                _, evicted = self._entries.popitem(last=False)
                self._used -= _entry_bytes(evicted)
                self._evictions += 1

    def clear(self) -> None:
        """Forget all entries; the counters go on."""
        with self._lock:
            self._entries.clear()
            self._used = 0

    @property
    def statistics(self) -> CacheStatistics:
        """Return hits, misses and memory at this moment."""
        with self._lock:
            return CacheStatistics(self._hits, self._misses, self._evictions,
                                   len(self._entries), self._used, self._limit)


def _entry_bytes(block: Block | None) -> int:
    return ENTRY_OVERHEAD_BYTES + (0 if block is None else block.nbytes)
