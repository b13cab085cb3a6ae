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

"""The clock of a recording that is played."""

from __future__ import annotations

from collections.abc import Callable
import time

from xview_loc.errors import RecordingError


class PlaybackClock:
    """
    Bag time as a function of steady wall time.

    Every reading is computed from the last anchor (start, pause, resume, jump), so that errors do
    not add up: the drift against the steady clock is zero, rounding stays below 1 us.

    :param start_ns: bag time at the start [ns].
    :param rate: bag seconds per wall second.
    :param paused: start without running.
    :param steady_ns: the steady clock [ns].
    :raises RecordingError: when the rate is not positive.
    """

    def __init__(self, start_ns: int, rate: float = 1.0, *, paused: bool = False,
                 steady_ns: Callable[[], int] = time.monotonic_ns):
        """Anchor the clock at the present moment."""
        if not 0.0 < rate < float('inf'):
            raise RecordingError(f'The playback rate is {rate}; it must be positive.')
        self.rate = rate
        self.steady_ns = steady_ns
        self._paused = paused
        self._bag_anchor_ns = start_ns
        self._wall_anchor_ns = steady_ns()

    @property
    def paused(self) -> bool:
        """Tell whether bag time stands still."""
        return self._paused

    def now_ns(self) -> int:
        """Return the bag time [ns]."""
        if self._paused:
            return self._bag_anchor_ns
        return self._bag_anchor_ns + round((self.steady_ns() - self._wall_anchor_ns) * self.rate)

    def wall_seconds_until(self, bag_ns: int) -> float:
        """
        Return how long to wait in wall time; negative when it has passed, infinite when paused.

        :param bag_ns: bag time waited for [ns].
        """
        if self._paused:
            return float('inf')
        return (bag_ns - self.now_ns()) * 1e-9 / self.rate

    def set_paused(self, paused: bool) -> None:
        """Stop or continue at the present bag time."""
        self.jump_to(self.now_ns())
        self._paused = paused

    def jump_to(self, bag_ns: int) -> None:
        """Continue from another bag time."""
        self._bag_anchor_ns = bag_ns
        self._wall_anchor_ns = self.steady_ns()
