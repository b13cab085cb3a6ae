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

"""How likely it is that the best match is the true one."""

from __future__ import annotations

import math

import numpy as np

VIEW_AREA_M2, PANORAMA_AREA_M2 = 130.0, 530.0
KNOWN_YAW_RANGE, UNKNOWN_YAW_RANGE = math.radians(10.0), math.pi


def match_confidence(scores: np.ndarray, visible_area_m2: float, yaw_range: float) -> float:
    """
    Return the probability that the best pose is the true one, from the peak of the scores.

    The best of many wrong poses scores high, so the peak is judged by how much was searched and
    by how much ground was seen. Four logistic models, fitted with equal weight of true and of
    crossed pairs (16 street panoramas and 64 quarter views of them), are blended: linearly in the
    visible area between 130 and 530 m^2, and in the logarithm of the yaw range between 10 and
    180 deg. They were fitted on few pairs: treat the result as a rank rather than a frequency.

    :param scores: ``(K, H, W)`` scores of the search.
    :param visible_area_m2: weighted visible ground [m^2].
    :param yaw_range: half width of the yaw interval searched [rad].
    :return: probability in [0, 1]; 0 where nothing was visible.
    """
    peak = float(scores.max())
    if not math.isfinite(peak):
        return 0.0
    margin = peak - float(np.quantile(scores, 0.99))
    panorama = _share(visible_area_m2, VIEW_AREA_M2, PANORAMA_AREA_M2)
    unknown = _share(math.log(max(yaw_range, 1e-6)), math.log(KNOWN_YAW_RANGE),
                     math.log(UNKNOWN_YAW_RANGE))
    when_known = _blend(14.4 * peak - 3.8, 25.7 * peak - 5.1, panorama)
    when_unknown = _blend(1.9 * peak + 15.9 * margin - 2.1,
                          3.8 * peak + 43.6 * margin - 4.4, panorama)
    logit = _blend(when_known, when_unknown, unknown)
    return 1.0 / (1.0 + math.exp(-logit))


def _share(value, low, high):
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _blend(first, second, share):
    return first + share * (second - first)
