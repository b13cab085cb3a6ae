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

"""When a method may be wrong: right after something that nobody can foresee."""

from __future__ import annotations

import numpy as np

from xview_loc.scenarios.drive_track import DriveTrack
from xview_loc.scenarios.scenario import Scenario

ALARM_S, ALARM_M = 3.0, 30.0
ABSORPTION_M = 150.0


def allowance(scenario: Scenario, track: DriveTrack) -> np.ndarray:
    """
    Return the samples in which a method need not have noticed yet what has happened.

    That is within 3 s or 30 m of a kidnap and within 150 m of a step of the imagery.

    :param scenario: for the times of both.
    :param track: of any method.
    :return: ``(M,)`` bool.
    """
    result = np.zeros(len(track.stamps), dtype=bool)
    if scenario.kidnap_s is not None:
        elapsed, way = since(track, scenario.kidnap_s)
        result |= (elapsed >= 0.0) & ((elapsed <= ALARM_S) | (way <= ALARM_M))
    if scenario.step_s is not None:
        elapsed, way = since(track, scenario.step_s)
        result |= (elapsed >= 0.0) & (way <= ABSORPTION_M)
    return result


def since(track: DriveTrack, stamp: float) -> tuple[np.ndarray, np.ndarray]:
    """
    Return time [s] and way [m] of each sample since an instant; negative before it.

    :param track: of any method.
    :param stamp: of the instant, before the end of the track [s].
    """
    start = track.travelled[np.searchsorted(track.stamps, stamp)]
    return track.stamps - stamp, track.travelled - start
