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

"""The real KITTI drive through matcher and filter in one process, with the nodes' timing."""

from __future__ import annotations

from dataclasses import dataclass
import math
from pathlib import Path

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.filtering.pose_estimate import PoseEstimate
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.matching.bev_config import BevConfig
from xview_loc.matching.bev_matcher import BevMatcher
from xview_loc.matching.matcher import SearchPrior
from xview_loc.recordings.dead_reckoning import dead_reckon, OdometryDrift
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.kitti_drive import (
    kitti_evaluation_frames, load_kitti_raw, true_poses)
from xview_loc.recordings.kitti_fixture import read_mosaic
from xview_loc.ros.prior_source import Prior, PriorSource

STATE_RATE_HZ = 50.0
STEP_S = 0.01
LOOP_STEPS = 5
IMAGE_WAIT_S = 0.03
SEARCH_RADIUS_M = (4.0, 40.0)
RADIUS_MARGIN_M = 2.0
LEAST_YAW_RANGE, YAW_MARGIN, FULL_CIRCLE_ABOVE = 0.1, 0.05, 1.05
FIX_SIGMA_MIN_M = 3.0


@dataclass(frozen=True)
class Timing:
    """
    What a machine takes for its work.

    :param first_patch_s: until the first patch of imagery is read and prepared [s].
    :param blind_match_s: for a match of every yaw [s].
    :param match_s: for any other [s].
    """

    first_patch_s: float = 0.6
    blind_match_s: float = 0.4
    match_s: float = 0.12


@dataclass(frozen=True)
class LiveResult:
    """
    What the filter published.

    :param estimates: in order.
    :param errors: ``(N, 3)`` of them along x, y, yaw [m, m, rad].
    :param nees: ``(N,)``.
    :param matches: number of matches.
    """

    estimates: tuple[PoseEstimate, ...]
    errors: np.ndarray
    nees: np.ndarray
    matches: int

    @property
    def position_errors(self) -> np.ndarray:
        """Return ``(N,)`` [m]."""
        return np.hypot(self.errors[:, 0], self.errors[:, 1])


class KittiLiveDrive:
    """
    Odd frames of KITTI raw 0001 against the mosaic of its even frames.

    The matcher works on one image at a time, always the newest; its search follows what the filter
    has published so far. The same seed and timing give the same bytes.

    :param folder: the excerpt.
    """

    def __init__(self, folder: Path):
        """Read the drive and prepare the imagery."""
        drive = load_kitti_raw(folder, frames='odd')
        self._start = float(drive.track.stamps_ns[0]) * 1e-9
        self._frames = [
            Frame(frame.image, frame.stamp - self._start, frame.camera, frame.roll, frame.pitch)
            for frame, _ in kitti_evaluation_frames(drive)]
        self._fix_stamps = drive.track.stamps_ns * 1e-9 - self._start
        self._fix_places = np.stack(true_poses(drive.track, drive.local_frame)[:2], axis=1)
        self.end = max(self._fix_stamps[-1], self._frames[-1].stamp)
        self._stamps = stamps = np.unique(np.concatenate(
            [np.arange(0.0, self.end, 1.0 / STATE_RATE_HZ), self._fix_stamps,
             [frame.stamp for frame in self._frames]]).round(6))
        states = drive.track.at(np.int64((stamps + self._start) * 1e9))
        x, y, _, yaw = true_poses(states, drive.local_frame)
        self._truth = PoseBuffer(duration_s=1e3)
        for row, stamp in enumerate(stamps):
            self._truth.add(float(stamp), Pose2(float(x[row]), float(y[row]), float(yaw[row])))
        self._odometry = dead_reckon(
            stamps, states.column('forward_mps'), states.column('left_mps'),
            states.column('turn_up'), OdometryDrift(scale=0.02, yaw_deg_per_s=0.05)).poses
        self._matcher = BevMatcher(BevConfig.for_resolution(0.1))
        self._features = self._matcher.prepare(read_mosaic(folder).patch(drive.local_frame))

    def run(self, seed: int, timing: Timing, until_s: float = math.inf) -> LiveResult:
        """
        Drive once.

        :param seed: of the GNSS errors and of the filter.
        :param timing: of the machine.
        :param until_s: end of the drive [s].
        """
        error = GnssError(noise_m=3.0, bias_m=2.0, seed=seed)
        return _Run(self, error, timing, FilterConfig(seed=seed)).result(until_s)

    def fixes(self, error: GnssError) -> list[GnssFix]:
        """Return fixes at 10 Hz with errors."""
        places = self._fix_places + error.draw(len(self._fix_places))
        covariance = error.variance(0.05) * np.eye(2)
        return [GnssFix(float(stamp), float(x), float(y), covariance)
                for stamp, (x, y) in zip(self._fix_stamps, places)]

    @property
    def odometry(self) -> list[tuple[float, Pose2]]:
        """Return drifting poses of ``base_link`` in ``odom``."""
        return [(float(stamp), Pose2(*map(float, pose)))
                for stamp, pose in zip(self._stamps, self._odometry)]

    @property
    def frames(self) -> list[Frame]:
        """Return the images in order."""
        return self._frames

    def truth(self, stamp: float) -> Pose2 | None:
        """Return the true pose."""
        return self._truth.at(stamp, max_extrapolation_s=0.2)

    def match(self, frame: Frame, prior: SearchPrior):
        """Return the likelihood of an image."""
        return self._matcher.match(FrameWindow((frame,)), self._features, prior)


class _Run:
    """One drive: events in the order of time."""

    def __init__(self, drive, error, timing, config):
        self._drive, self._timing = drive, timing
        self._localizer = Localizer(config)
        self._priors, self._buffer = PriorSource(5.0), PoseBuffer()
        self._estimates: list[PoseEstimate] = []
        self._fixes, self._odometry = drive.fixes(error), drive.odometry
        self._waiting = list(drive.frames)
        self._ready = 0.0
        self._patch_asked: float | None = None
        self._job = None
        self._running = None
        self._matches = 0

    def result(self, until_s: float) -> LiveResult:
        """Run to the end, and a little longer for what is late."""
        for step in range(math.ceil((min(self._drive.end, until_s) + 1.5) / STEP_S)):
            now = STEP_S * step
            self._take_motion(now)
            self._take_image(now)
            self._work(now)
            if step % LOOP_STEPS == 0:
                self._publish(now)
        rows = [(estimate, self._drive.truth(estimate.stamp)) for estimate in self._estimates]
        errors = np.array([_error(estimate, truth) for estimate, truth in rows if truth])
        kept = tuple(estimate for estimate, truth in rows if truth)
        nees = np.array([error @ np.linalg.solve(estimate.covariance, error)
                         for error, estimate in zip(errors, kept)])
        return LiveResult(kept, errors, nees, self._matches)

    def _take_motion(self, now):
        while self._odometry and self._odometry[0][0] <= now:
            stamp, pose = self._odometry.pop(0)
            self._localizer.add_odometry(stamp, pose)
            self._buffer.add(stamp, pose)
        while self._fixes and self._fixes[0].stamp <= now:
            fix = self._fixes.pop(0)
            self._localizer.add_fix(fix)
            covariance = np.asarray(fix.covariance) + FIX_SIGMA_MIN_M ** 2 * np.eye(2)
            self._priors.set_fix(fix.stamp, fix.x, fix.y, covariance)

    def _take_image(self, now):
        """Find where to search for an image; the newest job replaces one that waits."""
        while self._waiting and self._waiting[0].stamp + IMAGE_WAIT_S <= now:
            frame = self._waiting.pop(0)
            prior = self._usable_prior(frame.stamp)
            if prior is None:
                continue
            if self._patch_asked is None:
                self._patch_asked = now
            if now >= self._patch_asked + self._timing.first_patch_s:
                self._job = (frame, _search(prior))

    def _usable_prior(self, stamp) -> Prior | None:
        for prior in self._priors.candidates(stamp, self._buffer):
            if 3.0 * prior.position_sigma <= SEARCH_RADIUS_M[1]:
                return prior
        return None

    def _work(self, now):
        """Hand over what the matcher has done, and let it begin with the newest job."""
        if self._running is not None and now >= self._running[0]:
            likelihood = self._running[1]
            self._running = None
            if np.isfinite(likelihood.log_likelihood).any():
                self._matches += 1
                self._localizer.add_likelihood(likelihood)
                self._publish(now)
        if self._running is None and self._job is not None:
            frame, prior = self._job
            self._job = None
            blind = prior.yaw_range > FULL_CIRCLE_ABOVE
            takes = self._timing.blind_match_s if blind else self._timing.match_s
            self._running = (now + takes, self._drive.match(frame, prior))

    def _publish(self, now):
        for estimate in self._localizer.update(now):
            self._estimates.append(estimate)
            self._priors.set_pose(estimate.stamp, estimate.pose, np.asarray(estimate.covariance))


def _search(prior: Prior) -> SearchPrior:
    radius = 3.0 * prior.position_sigma + RADIUS_MARGIN_M
    turn = 3.0 * prior.yaw_sigma + YAW_MARGIN
    turn = math.pi if turn > FULL_CIRCLE_ABOVE else max(turn, LEAST_YAW_RANGE)
    return SearchPrior(prior.pose, float(np.clip(radius, *SEARCH_RADIUS_M)), turn)


def _error(estimate, truth):
    error = estimate.pose.as_array() - truth.as_array()
    error[2] = math.remainder(error[2], 2.0 * math.pi)
    return error
