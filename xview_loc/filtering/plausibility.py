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

"""Which stamps and poses can be meant; everything else is refused without a word."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.filtering.gnss_fix import COORDINATE_LIMIT_M, VARIANCE_LIMIT_M2
from xview_loc.geometry.pose2 import Pose2

STAMP_LIMIT_S = 1e11


def is_plausible_stamp(stamp: float) -> bool:
    """
    Tell whether a stamp is finite and within 3000 years of the epoch.

    :param stamp: [s].
    """
    return math.isfinite(stamp) and abs(stamp) < STAMP_LIMIT_S


def is_plausible_pose(pose: Pose2, covariance: np.ndarray) -> bool:
    """
    Tell whether a pose is finite, inside any map frame, and its covariance one.

    :param pose: ``base_link`` in ``map``.
    :param covariance: over x, y, yaw; ``(3, 3)``, symmetric and not negative up to rounding.
    """
    numbers = pose.as_array()
    if covariance.shape != (3, 3) or not (
            np.isfinite(numbers).all() and np.isfinite(covariance).all()):
        return False
    if np.abs(numbers).max() > COORDINATE_LIMIT_M or np.abs(covariance).max() > VARIANCE_LIMIT_M2:
        return False
    symmetric = np.allclose(covariance, covariance.T, rtol=1e-6, atol=1e-9)
    return bool(symmetric and np.linalg.eigvalsh(covariance)[0] >= -1e-9)
