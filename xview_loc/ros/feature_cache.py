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

"""Map features by patch, computed once whoever asks first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any

from xview_loc.imagery.satellite_patch import SatellitePatch


class FeatureCache:
    """
    Remembers what ``prepare`` returned for the patches used last.

    Two threads that ask for the same patch at once wait for the same computation.

    :param prepare: the matcher's.
    :param capacity: patches kept.
    """

    def __init__(self, prepare: Callable[[SatellitePatch], Any], capacity: int) -> None:
        """Start empty."""
        self._prepare = prepare
        self._capacity = capacity
        self._lock = Lock()
        self._entries: OrderedDict[int, tuple[SatellitePatch, Future[Any]]] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def get(self, patch: SatellitePatch) -> Any:
        """
        Return the features of a patch, computing them in the calling thread if needed.

        :param patch: the patch; recognised by identity.
        :raises XviewLocError: what ``prepare`` raises; the next call tries again.
        """
        key = id(patch)
        with self._lock:
            known = self._entries.get(key)
            if known is None:
                self.misses += 1
                future: Future[Any] = Future()
                self._entries[key] = (patch, future)
                while len(self._entries) > self._capacity:
                    self._entries.popitem(last=False)
            else:
                self.hits += 1
                self._entries.move_to_end(key)
        if known is not None:
            return known[1].result()
        try:
            future.set_result(self._prepare(patch))
        except Exception as error:
            with self._lock:
                self._entries.pop(key, None)
            future.set_exception(error)
        return future.result()
