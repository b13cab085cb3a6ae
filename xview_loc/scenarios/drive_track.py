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

"""What a method said during a drive, beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.scenarios.scenario import Scenario


@dataclass(frozen=True)
class DriveTrack:
    """
    What a method said, twice a second.

    :param stamps: ``(M,)`` [s].
    :param errors: ``(M, 3)`` along x, y, yaw; NaN before the first pose.
    :param nees: ``(M,)`` squared error in the metric of the reported covariance; 3 is expected.
    :param trusted: ``(M,)`` whether the method vouched for the pose.
    :param lost: ``(M,)`` whether it said it was lost.
    :param lost_scores: ``(M,)``.
    :param offset_errors: ``(M,)`` of the offset of GNSS relative to the imagery [m].
    :param complete_errors: ``(M,)`` horizontal error of the pose 1.25 s earlier, as known now that
        all that was measured until then has arrived [m]; NaN where the method keeps none.
    :param travelled: ``(M,)`` true distance since the start [m].
    """

    stamps: np.ndarray
    errors: np.ndarray
    nees: np.ndarray
    trusted: np.ndarray
    lost: np.ndarray
    lost_scores: np.ndarray
    offset_errors: np.ndarray
    complete_errors: np.ndarray
    travelled: np.ndarray

    @property
    def position_errors(self) -> np.ndarray:
        """Return ``(M,)`` horizontal errors [m]."""
        return np.hypot(self.errors[:, 0], self.errors[:, 1])

    @property
    def period(self) -> float:
        """Return the time between two samples [s]."""
        return float(self.stamps[1] - self.stamps[0])


@dataclass(frozen=True)
class DriveResult:
    """
    A track with what it is a track of.

    :param scenario: what went wrong.
    :param seed: of the drive; drives of one seed share their chance over all scenarios.
    :param method: name.
    :param track: what the method said.
    """

    scenario: Scenario
    seed: int
    method: str
    track: DriveTrack
