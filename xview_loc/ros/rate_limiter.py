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

"""Which of many frames are due."""

from __future__ import annotations


class RateLimiter:
    """
    Picks frames so that their mean rate does not exceed a limit, by their stamps.

    A frame up to a quarter of a period early is taken, so that a 10 Hz camera with jitter is not
    thinned by a 10 Hz limit; the next one is then due a full period after the schedule, not after
    the frame, which keeps the mean.

    :param rate: limit [Hz].
    """

    def __init__(self, rate: float) -> None:
        """Start with the first frame due."""
        self.period = 1.0 / rate
        self._due: float | None = None
        self._last = -float('inf')

    def take(self, stamp: float) -> bool:
        """
        Tell whether a frame is due and, if so, count it.

        :param stamp: stamp of the frame [s]. One that lies before the last one taken is due:
            time went back.
        """
        early = 0.25 * self.period
        if self._due is not None and self._last <= stamp < self._due - early:
            return False
        late = self._due is None or abs(stamp - self._due) > self.period
        base = stamp if late or self._due is None else self._due
        self._due = base + self.period
        self._last = stamp
        return True

    def reset(self) -> None:
        """Make the next frame due."""
        self._due = None
