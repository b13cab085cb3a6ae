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


"""What users of the pose are given while the filter is lost."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.filtering.pose_estimate import Health, PoseEstimate

PUBLISH, INFLATE, WITHHOLD = 'publish', 'inflate', 'withhold'

UNKNOWN_YAW_VARIANCE = math.pi ** 2 / 3.0
"""Variance of a yaw that may be anything [rad^2]."""


def presented(estimate: PoseEstimate, when_lost: str, position_std: float) -> PoseEstimate | None:
    """
    Return what is published of an estimate.

    Only a lost one is changed. With ``inflate`` its covariance becomes that of a mixture: with
    the probability of being lost the vehicle is anywhere around the pose, at any yaw.

    :param estimate: the estimate of the filter.
    :param when_lost: ``publish``, ``inflate`` or ``withhold``.
    :param position_std: how far off a lost vehicle may be [m].
    :return: ``None`` when nothing is published.
    """
    if estimate.health is not Health.LOST or when_lost == PUBLISH:
        return estimate
    if when_lost == WITHHOLD:
        return None
    elsewhere = np.diag([position_std ** 2, position_std ** 2, UNKNOWN_YAW_VARIANCE])
    return replace(
        estimate, covariance=estimate.covariance + estimate.lost_probability * elsewhere)
