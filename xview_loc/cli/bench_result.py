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

"""One timed step, and how it is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any

import numpy as np


@dataclass(frozen=True)
class BenchResult:
    """
    One figure.

    :param name: what was timed.
    :param value: median.
    :param unit: of the value, the peer's and the limit.
    :param peer: what it is compared to, or ``None``.
    :param peer_value: the peer's median on the same input.
    :param limit: what it must not exceed, or ``None``.
    """

    name: str
    value: float
    unit: str = 'ms'
    peer: str | None = None
    peer_value: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return our value over the peer's."""
        return None if self.peer_value is None else self.value / self.peer_value

    def as_record(self) -> dict[str, Any]:
        """Return the JSON object of one result."""
        return {
            'name': self.name, 'value': self.value, 'unit': self.unit, 'peer': self.peer,
            'peer_value': self.peer_value, 'ratio': self.ratio, 'limit': self.limit,
            'limit_ratio': None if self.limit is None else self.value / self.limit}


def median_ms(work: Callable[[], object], repetitions: int) -> float:
    """
    Return the median duration of a call.

    :param work: what to time; called once before to warm up.
    :param repetitions: timed calls.
    """
    work()
    durations = []
    for _ in range(repetitions):
        began = time.perf_counter()
        work()
        durations.append(1e3 * (time.perf_counter() - began))
    return float(np.median(durations))
