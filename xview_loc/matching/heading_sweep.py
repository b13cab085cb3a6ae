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

"""The yaws that a search tries."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.matching.matcher import SearchPrior

LEAST_RANGE = math.radians(1.0)


def heading_sweep(prior: SearchPrior, bins: int) -> np.ndarray:
    """
    Return evenly spaced yaws around a prior that enclose its range.

    :param prior: where to search; a range of at most half a step makes one yaw, the prior's: the
        network is expected to bear that.
    :param bins: headings in a full turn.
    :return: ``(K,)`` float64, increasing, K odd or ``bins``, then closing the circle [rad].
    """
    step = 2.0 * math.pi / bins
    if prior.yaw_range <= 0.5 * step + 1e-9:
        return np.array([prior.pose.yaw])
    aside = math.ceil(prior.yaw_range / step - 1e-9)
    if 2 * aside + 1 >= bins:
        return prior.pose.yaw + step * (np.arange(bins) - bins // 2)
    return prior.pose.yaw + step * np.arange(-aside, aside + 1)


def fine_heading_sweep(prior: SearchPrior, bins: int) -> np.ndarray:
    """
    Return evenly spaced yaws of a range, at least three so that the heading is measured.

    :param prior: where to search.
    :param bins: headings in a full turn.
    :return: ``(K,)`` float64, increasing; they end at the limits of the range, no further apart
        than the bins, or close the circle [rad].
    """
    step = 2.0 * math.pi / bins
    if 2.0 * prior.yaw_range + step >= 2.0 * math.pi:
        return prior.pose.yaw + step * (np.arange(bins) - bins // 2)
    aside = max(math.ceil(prior.yaw_range / step - 1e-9), 1)
    width = max(prior.yaw_range, LEAST_RANGE)
    return prior.pose.yaw + width / aside * np.arange(-aside, aside + 1)
