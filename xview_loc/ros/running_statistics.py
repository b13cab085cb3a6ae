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

"""Rates and durations over the last few seconds, for diagnostics."""

from __future__ import annotations

from collections import deque
import math
import time

import numpy as np


class Rate:
    """
    How often something happened over a window of real time.

    :param window_s: how far back to look [s].
    """

    def __init__(self, window_s: float = 5.0) -> None:
        """Start without events."""
        self._window = window_s
        self._times: deque[float] = deque(maxlen=10_000)
        self._start = time.monotonic()
        self.count = 0

    def tick(self) -> None:
        """Count one event now."""
        self._times.append(time.monotonic())
        self.count += 1

    @property
    def hertz(self) -> float:
        """Return events per second over the window, or since the start if that is shorter."""
        now = time.monotonic()
        while self._times and self._times[0] < now - self._window:
            self._times.popleft()
        span = min(self._window, now - self._start)
        return len(self._times) / span if span > 0.0 else 0.0

    @property
    def silence_s(self) -> float:
        """Return the time since the last event, or since the start [s]."""
        return time.monotonic() - (self._times[-1] if self._times else self._start)

    @property
    def ever(self) -> bool:
        """Tell whether it happened at all."""
        return self.count > 0


class Durations:
    """
    The last durations of a repeated step.

    :param capacity: how many to remember.
    """

    def __init__(self, capacity: int = 200) -> None:
        """Start empty."""
        self._values: deque[float] = deque(maxlen=capacity)

    def add(self, seconds: float) -> None:
        """Remember a duration; one that is not finite is not one."""
        if math.isfinite(seconds):
            self._values.append(seconds)

    def percentile(self, percent: float) -> float:
        """Return a percentile [s]; NaN when empty."""
        values = tuple(self._values)
        return float(np.percentile(values, percent)) if values else math.nan


class StampGaps:
    """
    How many messages of a regular stream are missing, by the stamps of those that came.

    :param capacity: steps to look back.
    """

    def __init__(self, capacity: int = 100) -> None:
        """Start without stamps."""
        self._steps: deque[float] = deque(maxlen=capacity)
        self._last: float | None = None

    def clear(self) -> None:
        """Forget every stamp."""
        self._steps.clear()
        self._last = None

    def add(self, stamp: float) -> None:
        """Note a stamp [s]; a step back or of more than ten seconds starts anew."""
        if self._last is not None:
            step = stamp - self._last
            if 0.0 < step < 10.0:
                self._steps.append(step)
            else:
                self._steps.clear()
        self._last = stamp

    @property
    def missing(self) -> float:
        """Return the share that is missing, 0 while there are fewer than ten steps."""
        if len(self._steps) < 10:
            return 0.0
        steps = np.array(self._steps)
        due = np.maximum(np.rint(steps / np.percentile(steps, 25.0)), 1.0).sum()
        return float(1.0 - len(steps) / due)
