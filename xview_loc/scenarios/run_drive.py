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

"""Run a method through a drive, in the order of arrival."""

from __future__ import annotations

import heapq
import itertools
import math
from typing import Callable, Protocol

import numpy as np

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.scenarios.drive import IMAGE_STEPS
from xview_loc.scenarios.drive_track import DriveTrack
from xview_loc.scenarios.method import Method, MethodEstimate
from xview_loc.scenarios.route import Route, STEP_S

SAMPLE_STEPS = 10
SMALLEST_RADIUS_M = 4.0
LARGEST_RADIUS_M = 40.0
SMALLEST_YAW_RANGE = math.radians(8.0)
BLIND_YAW_RANGE = math.radians(60.0)
COMPLETE_AFTER_S = 1.25
DECIMALS = 6


class AnyDrive(Protocol):
    """A drive with its truth, sampled every 0.05 s."""

    @property
    def count(self) -> int:
        """Return the number of samples."""

    @property
    def route(self) -> Route:
        """Return the true path, which the imagery may draw displaced."""

    @property
    def odometry(self) -> np.ndarray:
        """Return ``(N, 3)`` x, y, yaw in ``odom``."""

    @property
    def fixes(self) -> tuple[tuple[float, GnssFix], ...]:
        """Return the fixes with the stamps at which they arrive."""

    @property
    def offset(self) -> np.ndarray:
        """Return ``(N, 2)`` the slow error of GNSS relative to the imagery [m]."""

    def truth(self, index: int) -> Pose2:
        """Return the true pose on the imagery."""

    def image_latency(self, index: int) -> float | None:
        """Return how late the image of a sample arrives [s]; ``None`` if never."""

    def likelihood(self, index: int, prior: SearchPrior) -> PoseLikelihood:
        """Match the image of a sample."""


def search_prior(estimate: MethodEstimate) -> SearchPrior:
    """
    Choose where to look: three standard deviations, within what a matcher can afford.

    :param estimate: prediction at the stamp of the image.
    """
    position_std = math.sqrt(max(np.linalg.eigvalsh(estimate.covariance[:2, :2])[-1], 0.0))
    radius = min(max(3.0 * position_std, SMALLEST_RADIUS_M), LARGEST_RADIUS_M)
    yaw_range = max(3.0 * math.sqrt(estimate.covariance[2, 2]), SMALLEST_YAW_RANGE)
    return SearchPrior(
        estimate.pose, radius, math.pi if yaw_range > BLIND_YAW_RANGE else yaw_range)


def run_drive(drive: AnyDrive, method: Method) -> DriveTrack:
    """
    Feed a drive to a method and compare what it says with the truth.

    :param drive: with its truth.
    :param method: fresh.
    """
    order = itertools.count()
    mail: list[tuple[float, int, Callable[..., object], object]] = [
        (arrival, next(order), method.add_fix, fix) for arrival, fix in drive.fixes]
    heapq.heapify(mail)
    samples = []
    for index in range(drive.count):
        stamp = index * STEP_S
        method.add_odometry(stamp, Pose2(*map(float, drive.odometry[index])))
        if index % IMAGE_STEPS == 0 and method.uses_images:
            latency, estimate = drive.image_latency(index), method.predict(stamp)
            if latency is not None and estimate is not None and _is_sane(estimate):
                likelihood = drive.likelihood(index, search_prior(estimate))
                heapq.heappush(
                    mail, (stamp + latency, next(order), method.add_likelihood, likelihood))
        while mail and mail[0][0] <= stamp:
            _, _, deliver, measurement = heapq.heappop(mail)
            deliver(measurement)
        if index % IMAGE_STEPS == 0:
            method.update(stamp)
        if index % SAMPLE_STEPS == 0:
            samples.append((*_sample(drive, index, method.predict(stamp)),
                            _complete_error(drive, index, method)))
    travelled = drive.route.distance[:drive.count:SAMPLE_STEPS]
    return DriveTrack(*map(_column, (*zip(*samples), travelled)))


def _column(values):
    """Round to micrometres, so that a track is the same after it was written and read."""
    column = np.array(values)
    return column if column.dtype == bool else np.round(column, DECIMALS)


def _complete_error(drive, index, method):
    """Return the error of the posterior when all that was measured until its time is there."""
    earlier = index - round(COMPLETE_AFTER_S / STEP_S)
    estimate = method.predict(earlier * STEP_S) if method.looks_back and earlier >= 0 else None
    if estimate is None:
        return np.nan
    return estimate.pose.distance_to(drive.truth(earlier))


def _is_sane(estimate):
    return bool(np.isfinite(estimate.covariance).all() and np.isfinite(estimate.pose.x))


def _sample(drive, index, estimate):
    stamp = index * STEP_S
    if estimate is None:
        return stamp, np.full(3, np.nan), np.nan, False, False, np.nan, np.nan
    error = estimate.pose.as_array() - drive.truth(index).as_array()
    error[2] = wrap_angle(error[2])
    nees = float(error @ np.linalg.solve(estimate.covariance, error))
    offset_error = np.nan
    if estimate.offset is not None:
        offset_error = float(np.hypot(*(estimate.offset - drive.offset[index])))
    return (stamp, error, nees, estimate.is_trusted, estimate.is_lost, estimate.lost_score,
            offset_error)
