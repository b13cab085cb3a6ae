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

"""Numbers for diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
import math

from xview_loc.filtering.belief import Belief, GnssVerdict
from xview_loc.filtering.health_monitor import probability
from xview_loc.filtering.resampling import effective_sample_size


@dataclass
class EventCounts:
    """
    What came in since the last reset.

    :param odometry: samples taken.
    :param fixes: fixes taken.
    :param images: likelihoods taken.
    :param duplicates: measurements that were known already.
    :param refused: measurements with impossible numbers.
    :param too_late: measurements older than the history.
    :param late: measurements that were applied by going back.
    :param replayed: events handled again because of late ones.
    :param time_jumps: jumps of the clock back in time.
    """

    odometry: int = 0
    fixes: int = 0
    images: int = 0
    duplicates: int = 0
    refused: int = 0
    too_late: int = 0
    late: int = 0
    replayed: int = 0
    time_jumps: int = 0


@dataclass(frozen=True)
class FilterStatistics:
    """
    A snapshot of the filter for diagnostics.

    :param counts: what came in.
    :param particle_count: number of particles.
    :param effective_size: effective number of particles.
    :param pending: events that wait for earlier ones or for odometry.
    :param gnss_nis: normalised innovation squared of the last fix; 2 is expected.
    :param gnss_mean_nis: smoothed.
    :param gnss_verdict: on the last fix.
    :param gnss_rejected: fixes rejected in a row.
    :param image_evidence: smoothed log-evidence of the track per image; positive is support.
    :param image_updates: informative images so far.
    :param image_age: time since the last informative one [s]; inf when none.
    :param lost_probability: probability that the track is wrong.
    :param relocations: times the track was given up for another.
    """

    counts: EventCounts = field(default_factory=EventCounts)
    particle_count: int = 0
    effective_size: float = 0.0
    pending: int = 0
    gnss_nis: float = math.nan
    gnss_mean_nis: float = math.nan
    gnss_verdict: GnssVerdict = GnssVerdict.NONE
    gnss_rejected: int = 0
    image_evidence: float = 0.0
    image_updates: int = 0
    image_age: float = math.inf
    lost_probability: float = 0.5
    relocations: int = 0

    @classmethod
    def of(cls, counts: EventCounts, belief: Belief | None, pending: int) -> FilterStatistics:
        """
        Take a snapshot.

        :param counts: copied.
        :param belief: the newest; ``None`` before the first.
        :param pending: number of events that wait.
        """
        if belief is None:
            return cls(replace(counts), pending=pending)
        gnss, vision = belief.gnss, belief.vision
        return cls(
            replace(counts), belief.count, effective_sample_size(belief.weights), pending,
            gnss.nis, gnss.mean_nis, gnss.verdict, gnss.rejected, vision.evidence, vision.updates,
            belief.stamp - vision.stamp, probability(belief.lost_log_odds), belief.relocations)
