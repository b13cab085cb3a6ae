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

"""What the filter does next: the earliest event that nothing earlier can be expected before."""

from __future__ import annotations

import math

from xview_loc.filtering.event_history import EventHistory
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.filter_event import EventKey, EventKind, FilterEvent
from xview_loc.filtering.odometry_track import OdometryTrack

LARGEST_TICKS = 300


class EventSchedule:
    """
    Puts ticks between the measurements and holds events back until they are ripe.

    An event is ripe ``reorder_delay_s`` after its stamp, when earlier ones have had their time to
    arrive, and not before the odometry reaches it; for that it waits ``odometry_patience_s`` more.

    :param config: delays and the time between ticks.
    """

    def __init__(self, config: FilterConfig):
        """Keep the settings."""
        self._config = config

    def next_ripe(self, history: EventHistory, odometry: OdometryTrack, now: float
                  ) -> FilterEvent | None:
        """
        Return the next event to handle: a pending one, or a tick before it.

        :param history: what was handled and what waits.
        :param odometry: what is known of the motion.
        :param now: present time [s].
        :return: ``None`` when all must wait.
        """
        pending, belief = history.next_pending(), history.belief
        if belief is None:
            # Nothing is known that odometry could move.
            return pending if pending is not None and self._is_ripe(
                pending.key.stamp, now) else None
        tick = self._next_tick(belief.stamp, now)
        event = FilterEvent(EventKey(tick, EventKind.TICK))
        if pending is not None and pending.key.stamp <= tick:
            event = pending
        return event if self._is_ripe(event.key.stamp, now, odometry.latest_stamp) else None

    def _next_tick(self, stamp, now):
        """Return the next multiple of the tick; a leap of the clock takes longer steps."""
        tick = self._config.tick_s
        ticks = math.floor(stamp / tick + 1e-6) + 1.0
        leap = math.floor((now - stamp) / (LARGEST_TICKS * tick))
        return (ticks + max(leap, 0)) * tick

    def _is_ripe(self, stamp, now, moved_until=math.inf):
        known_until = now - self._config.reorder_delay_s
        if moved_until < stamp:
            known_until -= self._config.odometry_patience_s
        return stamp <= known_until
