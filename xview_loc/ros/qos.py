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

"""
The quality-of-service profiles by what they are for.

Subscribing best effort matches every publisher; publishing reliable serves every subscriber.
"""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth: int, *, reliable: bool = True, latched: bool = False) -> QoSProfile:
    """Return a keep-last profile."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=(ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT),
        durability=(
            DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE))


SENSOR = _profile(5, reliable=False)
"""Subscriptions to images, calibrations, fixes and inertial data (REP-2003)."""

ODOMETRY = _profile(50, reliable=False)
"""Subscriptions to odometry and inertial data: the depth absorbs a burst."""

EVENT = _profile(1)
"""Subscriptions to things a person sends, one message at a time."""

HEATMAP = _profile(2)
"""Likelihoods: each loss is a lost measurement, a stale one is useless."""

RESULT = _profile(10)
"""Publications that programs read."""

ESTIMATE = _profile(10, latched=True)
"""Poses: programs read every one, and a late subscriber that asks for latched ones, as those of
AMCL do, sees the newest."""

DISPLAY = _profile(1)
"""Publications that people look at; displays ask for reliable by default."""

LATCHED = _profile(1, latched=True)
"""Publications that a late subscriber must still see."""
