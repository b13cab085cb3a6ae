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

"""The state of the filter at one instant: an immutable value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from xview_loc.filtering.pose_estimate import Health, PoseMode

STATES = 9


class Row(IntEnum):
    """
    Rows of :attr:`Belief.states`.

    ``X``, ``Y`` [m] and ``YAW`` [rad] are the pose of ``base_link`` in ``map`` as drawn by the
    imagery; ``SCALE`` [1] and ``DRIFT`` [rad/m] are the persistent errors of the odometry; the
    last four are the conditional means of the slow offset and of the multipath of GNSS [m].
    """

    X = 0
    Y = 1
    YAW = 2
    SCALE = 3
    DRIFT = 4
    OFFSET_X = 5
    OFFSET_Y = 6
    MULTIPATH_X = 7
    MULTIPATH_Y = 8


POSITION = slice(Row.X, Row.YAW)
POSE = slice(Row.X, Row.SCALE)
GNSS_ERROR = slice(Row.OFFSET_X, STATES)


class GnssVerdict(IntEnum):
    """What was made of a fix."""

    NONE = 0
    ACCEPTED = 1
    INFLATED = 2
    REJECTED = 3


@dataclass(frozen=True)
class VisionRecord:
    """
    What past images said, as far as the next one needs it.

    :param stamp: of the last informative image [s]; -inf before the first.
    :param odometer: travelled distance at that image [m].
    :param turned: turned angle at that image [rad].
    :param evidence: smoothed log-evidence of the track per independent image; above 0 images
        support it.
    :param supporting: independent images in a row that supported the track.
    :param updates: number of informative images.
    :param flat_since: stamp of the first of the uninformative images in a row; nan when none.
    """

    stamp: float = -np.inf
    odometer: float = 0.0
    turned: float = 0.0
    evidence: float = 0.0
    supporting: float = 0.0
    updates: int = 0
    flat_since: float = np.nan


@dataclass(frozen=True)
class GnssRecord:
    """
    What past fixes said, as far as the next one needs it.

    :param stamp: of the last fix [s]; -inf before the first.
    :param nis: normalised innovation squared of the last fix (2 is expected).
    :param mean_nis: smoothed.
    :param verdict: on the last fix.
    :param std: standard deviation of the innovation along its worst direction [m].
    :param rejected: number of rejected fixes in a row.
    :param blame: doubt in the track that these fixes have raised [nat].
    """

    stamp: float = -np.inf
    nis: float = np.nan
    mean_nis: float = 2.0
    verdict: GnssVerdict = GnssVerdict.NONE
    std: float = np.inf
    rejected: int = 0
    blame: float = 0.0


@dataclass(frozen=True)
class Belief:
    """
    Posterior at one stamp; every step of the filter makes a new one, so old ones can be kept.

    :param stamp: measurement time [s].
    :param states: ``(9, N)`` float64, rows as in :class:`Row`.
    :param weights: ``(N,)`` float64 that sum to one.
    :param gnss_covariance: ``(4, 4)`` covariance of the GNSS errors given a particle's pose; it is
        the same for all particles because the measurement model is.
    :param odometer: travelled distance [m].
    :param turned: sum of the absolute turned angles [rad].
    :param lost_log_odds: log-odds that the track is wrong.
    :param health: verdict.
    :param reason: of the verdict.
    :param vision: what past images said.
    :param gnss: what past fixes said.
    :param lost_since: stamp at which the track was lost [s]; nan when it is not.
    :param modes: hypotheses, heaviest first; empty before the filter has judged it.
    :param covariance: ``(3, 3)`` second moment about the first mode.
    :param relocations: number of times the track was given up for another.
    """

    stamp: float
    states: np.ndarray
    weights: np.ndarray
    gnss_covariance: np.ndarray
    odometer: float = 0.0
    turned: float = 0.0
    lost_log_odds: float = 0.0
    health: Health = Health.INITIALISING
    reason: str = 'no camera measurement yet'
    vision: VisionRecord = field(default_factory=VisionRecord)
    gnss: GnssRecord = field(default_factory=GnssRecord)
    lost_since: float = np.nan
    modes: tuple[PoseMode, ...] = ()
    covariance: np.ndarray | None = None
    relocations: int = 0

    @property
    def count(self) -> int:
        """Return the number of particles."""
        return self.states.shape[1]
