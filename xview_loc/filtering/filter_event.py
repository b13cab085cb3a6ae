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

"""What can happen to the filter, in an order that does not depend on arrival."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any
import zlib

import numpy as np


class EventKind(IntEnum):
    """Kinds of events, in the order they are handled at equal stamps."""

    POSE = 0
    FIX = 1
    IMAGE = 2
    TICK = 3


@dataclass(frozen=True, order=True)
class EventKey:
    """
    Place of an event in the order of time.

    :param stamp: [s].
    :param kind: decides at equal stamps.
    :param tag: content that decides between several events of a kind and stamp; events equal in
        all three are duplicates.
    """

    stamp: float
    kind: EventKind
    tag: str = ''

    def generator(self, seed: int) -> np.random.Generator:
        """
        Return random numbers that belong to this event alone.

        Keyed by content instead of drawn from one stream, they are the same whenever and in
        whatever order the event arrives.

        :param seed: of the run.
        """
        nanoseconds = int(round(self.stamp * 1e9)) & (2 ** 64 - 1)
        key = (seed, nanoseconds, int(self.kind), zlib.crc32(self.tag.encode()))
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(key)))


@dataclass(frozen=True)
class FilterEvent:
    """
    An event with its content.

    :param key: place in the order of time.
    :param payload: fix, likelihood, or pose with covariance; ``None`` for a tick.
    """

    key: EventKey
    payload: Any = None
