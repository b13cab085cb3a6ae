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
How far estimated poses are from the truth, along and across the way.

Convention: poses are east, north [m] and yaw, counter-clockwise from east [rad], as everywhere
inside the package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xview_loc.errors import LearningError
from xview_loc.geometry.angles import wrap_angle

DISTANCES_M = (1.0, 3.0, 5.0)
ANGLES_DEG = (1.0, 3.0, 5.0)


@dataclass(frozen=True)
class PoseErrors:
    """
    Errors in the frame of the true vehicle.

    :param longitudinal_m: forwards, signed, (N,).
    :param lateral_m: to the left, signed, (N,).
    :param heading_deg: absolute, 0 to 180, (N,); ``None`` where no heading was estimated.
    """

    longitudinal_m: np.ndarray
    lateral_m: np.ndarray
    heading_deg: np.ndarray | None = None

    @property
    def distance_m(self) -> np.ndarray:
        """Return the distance from the truth, (N,)."""
        return np.hypot(self.longitudinal_m, self.lateral_m)


def pose_errors(estimate: np.ndarray, truth: np.ndarray) -> PoseErrors:
    """
    Turn errors into the frame of the true vehicle before anything is made absolute.

    :param estimate: (N, 3), or (N, 2) without yaw.
    :param truth: (N, 3).
    """
    estimate, truth = np.asarray(estimate, np.float64), np.asarray(truth, np.float64)
    if (truth.ndim != 2 or truth.shape[1] != 3 or estimate.ndim != 2
            or len(estimate) != len(truth) or estimate.shape[1] not in (2, 3)):
        raise LearningError(
            f'estimates of shape {estimate.shape} and truth of {truth.shape}; they must be (N, 2) '
            'or (N, 3), and (N, 3).')
    east, north = (estimate[:, :2] - truth[:, :2]).T
    cosine, sine = np.cos(truth[:, 2]), np.sin(truth[:, 2])
    heading = None
    if estimate.shape[1] == 3:
        heading = np.degrees(np.abs(wrap_angle(estimate[:, 2] - truth[:, 2])))
    return PoseErrors(cosine * east + sine * north, cosine * north - sine * east, heading)


def errors_without_quadrant(estimate: np.ndarray, truth: np.ndarray) -> PoseErrors:
    """
    Return the errors as the released code of CCVPE computes them, for comparison alone.

    It makes the components of the error absolute before it turns them by the heading: at a
    heading of 315 degrees an error along the way is counted as one across. Recalls published for
    unknown orientation were computed like this.

    :param estimate: see :func:`pose_errors`.
    :param truth: (N, 3).
    """
    correct = pose_errors(estimate, truth)
    east, north = np.abs(estimate[:, :2] - truth[:, :2]).T
    clockwise_from_north = np.pi / 2.0 - truth[:, 2]
    turned = np.arctan2(east, north) - clockwise_from_north
    return PoseErrors(correct.distance_m * np.cos(turned), -correct.distance_m * np.sin(turned),
                      correct.heading_deg)


def pose_figures(errors: PoseErrors) -> dict[str, float]:
    """
    Return means, medians and shares below each limit, strictly.

    :param errors: of at least one pose; NaN counts as beyond every limit and leaves the means.
    """
    distance = errors.distance_m
    known = np.isfinite(distance)
    if not known.any():
        raise LearningError('there is no finite pose error; nothing can be said.')
    result = {'mean_m': float(distance[known].mean()),
              'median_m': float(np.median(distance[known]))}
    for name, values in (('lateral', errors.lateral_m), ('longitudinal', errors.longitudinal_m)):
        for limit in DISTANCES_M:
            result[f'{name}<{limit:g}m'] = float(np.mean(np.abs(values) < limit))
    if errors.heading_deg is not None:
        headings = errors.heading_deg[np.isfinite(errors.heading_deg)]
        if len(headings):
            result['mean_deg'] = float(headings.mean())
            result['median_deg'] = float(np.median(headings))
        for limit in ANGLES_DEG:
            result[f'heading<{limit:g}deg'] = float(np.mean(errors.heading_deg < limit))
    return result
