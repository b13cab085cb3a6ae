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

"""The same filter without a camera: what GNSS and odometry alone would give."""

from __future__ import annotations

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.geometry.pose2 import Pose2
from xview_loc.report.evaluation import Drive
from xview_loc.report.track import Track

STEP_S = 0.1


def prior_only_track(drive: Drive) -> Track:
    """
    Run the filter over the fixes and the odometry of a drive.

    :param drive: with fixes and odometry.
    :return: poses at most every 0.1 s; empty when there is nothing to start from.
    """
    localizer = Localizer()
    events: list[tuple[float, bool, int]] = sorted(
        [(stamp, True, index) for index, stamp in enumerate(drive.odometry.stamps)]
        + [(stamp, False, index) for index, stamp in enumerate(drive.gnss.stamps)])
    if not events:
        return Track(np.empty(0), np.empty((0, 3)))
    stamps, poses, covariances = [], [], []
    due = events[0][0]
    end = events[-1][0] + 60.0
    for stamp, is_odometry, index in [*events, (end, True, -1)]:
        if stamp >= due:
            for estimate in localizer.update(stamp):
                stamps.append(estimate.stamp)
                poses.append(estimate.pose.as_array())
                covariances.append(estimate.covariance)
            due = stamp + STEP_S
        if is_odometry and index >= 0:
            localizer.add_odometry(stamp, Pose2(*drive.odometry.poses[index]))
        elif not is_odometry:
            localizer.add_fix(_fix(drive, index))
    return Track.from_unordered(stamps, np.array(poses).reshape(-1, 3),
                                np.array(covariances).reshape(-1, 3, 3)).between(
                                    events[0][0], events[-1][0])


def _fix(drive: Drive, index: int) -> GnssFix:
    """Return a fix with the covariance the receiver gave."""
    assert drive.gnss.covariances is not None
    x, y, _ = drive.gnss.poses[index]
    return GnssFix(float(drive.gnss.stamps[index]), float(x), float(y),
                   drive.gnss.covariances[index][:2, :2])
