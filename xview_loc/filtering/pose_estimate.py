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

"""What the filter says about the pose at one instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.geometry.pose2 import Pose2


class Health(Enum):
    """How far the pose can be trusted."""

    INITIALISING = 'initialising'
    CONVERGED = 'converged'
    UNCERTAIN = 'uncertain'
    LOST = 'lost'


@dataclass(frozen=True)
class PoseMode:
    """
    One separate hypothesis of a posterior.

    :param pose: mean of the hypothesis, ``base_link`` in ``map``.
    :param covariance: ``(3, 3)`` over x, y, yaw [m, m, rad]; read-only.
    :param weight: posterior probability in [0, 1].
    """

    pose: Pose2
    covariance: np.ndarray
    weight: float

    def __post_init__(self):
        """Make the covariance read-only."""
        object.__setattr__(self, 'covariance', frozen(self.covariance, np.float64))


@dataclass(frozen=True)
class PoseEstimate:
    """
    Pose of ``base_link`` in ``map`` with everything a user needs to judge it.

    :param pose: mean of the heaviest hypothesis, never a point between two.
    :param covariance: ``(3, 3)`` second moment of the whole posterior about ``pose`` over x, y,
        yaw [m, m, rad], so other hypotheses widen it; positive definite, read-only.
    :param stamp: time of the measurement the estimate belongs to [s].
    :param health: verdict after this measurement.
    :param reason: why the health is what it is, one clause for people.
    :param lost_probability: probability that the track is wrong.
    :param modes: hypotheses, heaviest first.
    :param imagery_offset: ``(2,)`` slowly varying position of GNSS relative to the imagery, east
        and north [m]; read-only.
    :param imagery_offset_covariance: ``(2, 2)`` [m2]; read-only.
    """

    pose: Pose2
    covariance: np.ndarray
    stamp: float
    health: Health
    reason: str = ''
    lost_probability: float = 0.5
    modes: tuple[PoseMode, ...] = ()
    imagery_offset: np.ndarray = field(default_factory=lambda: np.zeros(2))
    imagery_offset_covariance: np.ndarray = field(
        default_factory=lambda: np.diag([1e6, 1e6]))

    def __post_init__(self):
        """Make the arrays read-only."""
        for name in ('covariance', 'imagery_offset', 'imagery_offset_covariance'):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def position_std(self) -> float:
        """Return the standard deviation along the worst horizontal direction [m]."""
        return float(np.sqrt(np.linalg.eigvalsh(self.covariance[:2, :2])[-1]))

    @property
    def yaw_std(self) -> float:
        """Return the standard deviation of the yaw [rad]; 1.81 where nothing is known."""
        return float(np.sqrt(self.covariance[2, 2]))
