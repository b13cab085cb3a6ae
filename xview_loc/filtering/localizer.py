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

"""The filter as its users see it: measurements in, in any order; honest poses out."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.filtering.belief import Belief
from xview_loc.filtering.event_history import EventHistory
from xview_loc.filtering.event_schedule import EventSchedule
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.filter_event import EventKey, EventKind, FilterEvent
from xview_loc.filtering.filter_statistics import EventCounts, FilterStatistics
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.odometry_track import OdometryTrack
from xview_loc.filtering.particle_filter import ParticleFilter
from xview_loc.filtering.plausibility import is_plausible_pose, is_plausible_stamp
from xview_loc.filtering.pose_estimate import PoseEstimate
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

FUTURE_LIMIT_S = 60.0


class Localizer:
    """
    Fuses odometry, fixes and likelihoods, each at its own stamp.

    The belief is a pure function of the measurements in the order of their stamps. A measurement
    waits ``reorder_delay_s`` for earlier ones; one that comes later still, up to ``history_s``,
    sends the filter back to the belief before it. Random numbers belong to the measurement, not to
    its turn. So the posterior is the same to the last bit whether the data come in time, late or
    in another order. Nothing that can be put in raises; the ``add`` methods tell whether they took
    the measurement.

    :param config: settings.
    """

    def __init__(self, config: FilterConfig | None = None):
        """Start without a pose."""
        self._config = config or FilterConfig()
        self._filter = ParticleFilter(self._config)
        self._schedule = EventSchedule(self._config)
        self._reach = (self._config.reorder_delay_s + self._config.history_s
                       + self._config.odometry_patience_s)
        self._jumps = 0
        self.reset()

    @property
    def config(self) -> FilterConfig:
        """Return the settings."""
        return self._config

    def reset(self) -> None:
        """Forget everything, as after construction."""
        noise = self._config.motion_noise
        self._odometry = OdometryTrack(
            2.0 * self._reach + 10.0, largest_speed=noise.largest_speed)
        self._history = EventHistory(self._config.history_s)
        self._counts = EventCounts(time_jumps=self._jumps)
        self._last_fix: GnssFix | None = None
        self._map_from_odom: Pose2 | None = None
        self._emitted = -math.inf
        self._now = -math.inf

    def reinitialize(self) -> None:
        """Forget the pose and spread particles of any yaw around the latest fix."""
        fix = self._last_fix
        self._history.restart(-math.inf if fix is None else math.nextafter(fix.stamp, -math.inf))
        self._map_from_odom = None
        if fix is not None:
            self._history.insert(_fix_event(fix))

    def add_odometry(self, stamp: float, pose: Pose2) -> bool:
        """
        Take a pose of ``base_link`` in ``odom``.

        :param stamp: [s].
        :param pose: continuous over time; a jump counts as unknown motion.
        :return: whether it was taken.
        """
        if not self._can_be_meant(stamp):
            self._counts.refused += 1
            return False
        changed_from = self._odometry.add(stamp, pose)
        if changed_from is None:
            self._counts.refused += 1
            return False
        self._counts.odometry += 1
        self._counts.replayed += self._history.undo_after(changed_from)
        return True

    def add_fix(self, fix: GnssFix) -> bool:
        """
        Take a fix.

        :param fix: in ``map``.
        :return: whether it was taken.
        """
        taken = self._add(_fix_event(fix))
        self._counts.fixes += taken
        if taken and (self._last_fix is None or fix.stamp >= self._last_fix.stamp):
            self._last_fix = fix
        return taken

    def add_likelihood(self, likelihood: PoseLikelihood) -> bool:
        """
        Take what a matcher made of an image.

        :param likelihood: in ``map``.
        :return: whether it was taken.
        """
        tag = f'{likelihood.source} {likelihood.score!r} {likelihood.geometry!r}'
        taken = self._add(FilterEvent(
            EventKey(likelihood.stamp, EventKind.IMAGE, tag), likelihood))
        self._counts.images += taken
        return taken

    def set_pose(self, stamp: float, pose: Pose2, covariance: np.ndarray) -> bool:
        """
        Start again from a pose that somebody is sure of.

        :param stamp: [s].
        :param pose: ``base_link`` in ``map``.
        :param covariance: ``(3, 3)`` over x, y, yaw [m, m, rad].
        :return: whether it was taken.
        """
        covariance = frozen(np.array(covariance, dtype=np.float64))
        if not is_plausible_pose(pose, covariance):
            self._counts.refused += 1
            return False
        tag = f'{pose!r} {covariance.tolist()}'
        return self._add(FilterEvent(EventKey(stamp, EventKind.POSE, tag), (pose, covariance)))

    def _add(self, event: FilterEvent) -> bool:
        key = event.key
        if not self._can_be_meant(key.stamp):
            self._counts.refused += 1
            return False
        if self._history.is_too_late(key):
            self._counts.too_late += 1
            return False
        if self._history.contains(key):
            self._counts.duplicates += 1
            return False
        undone = self._history.insert(event)
        self._counts.late += undone > 0
        self._counts.replayed += undone
        return True

    def _can_be_meant(self, stamp: float) -> bool:
        return is_plausible_stamp(stamp) and (
            stamp <= self._now + FUTURE_LIMIT_S or not math.isfinite(self._now))

    def update(self, now: float) -> list[PoseEstimate]:
        """
        Handle every measurement that is ripe.

        Call it at least every ten seconds of data: the odometry is kept no longer.

        :param now: present time [s]. A jump back beyond the history resets the filter.
        :return: estimates newer than all returned before, in the order of their stamps.
        """
        if not is_plausible_stamp(now):
            return []
        if now < self._now - self._reach - 1.0:
            self._jumps += 1
            self.reset()
        self._now = now
        result = []
        while (event := self._schedule.next_ripe(
                self._history, self._odometry, now)) is not None:
            belief = self._handle(event)
            self._history.append(event, belief)
            if event.key.stamp > self._emitted:
                result.append(self._filter.estimate(belief))
                self._emitted = event.key.stamp
        self._correct_odometry()
        return result

    def _handle(self, event: FilterEvent) -> Belief:
        belief, stamp = self._history.belief, event.key.stamp
        motions = [] if belief is None else self._odometry.motions(belief.stamp, stamp)
        return self._filter.step(belief, event, motions)

    def _correct_odometry(self):
        belief = self._history.belief
        odometry = None if belief is None else self._odometry.at(belief.stamp)
        if odometry is not None:
            self._map_from_odom = belief.modes[0].pose @ odometry.inverse()

    def predict_at(self, stamp: float) -> PoseEstimate | None:
        """
        Look ahead (or back, within the history) by odometry.

        :param stamp: [s].
        :return: ``None`` before the first pose and before the history.
        """
        if not is_plausible_stamp(stamp):
            return None
        belief = self._history.belief_before(stamp)
        if belief is None:
            return None
        estimate = self._filter.estimate(belief)
        pose, covariance = estimate.pose, estimate.covariance
        for motion in self._odometry.motions(belief.stamp, stamp):
            pose, covariance = self._filter.motion_model.propagated(pose, covariance, motion)
        return replace(estimate, pose=pose, covariance=covariance, stamp=stamp)

    @property
    def estimate(self) -> PoseEstimate | None:
        """Return the newest estimate; ``None`` before the first pose."""
        belief = self._history.belief
        return None if belief is None else self._filter.estimate(belief)

    @property
    def map_from_odom(self) -> Pose2 | None:
        """Return the correction of the odometry at the newest estimate."""
        return self._map_from_odom

    @property
    def particles(self) -> np.ndarray:
        """Return ``(N, 3)`` x, y, yaw, read-only; empty before the first pose."""
        belief = self._history.belief
        return frozen(np.zeros((0, 3)) if belief is None else belief.states[:3].T)

    @property
    def weights(self) -> np.ndarray:
        """Return ``(N,)`` weights of :attr:`particles`, read-only; they sum to one."""
        belief = self._history.belief
        return frozen(np.zeros(0) if belief is None else belief.weights)

    @property
    def statistics(self) -> FilterStatistics:
        """Return numbers for diagnostics."""
        return FilterStatistics.of(
            self._counts, self._history.belief, self._history.pending_count)


def _fix_event(fix: GnssFix) -> FilterEvent:
    tag = f'{fix.x!r} {fix.y!r} {np.asarray(fix.covariance).tolist()}'
    return FilterEvent(EventKey(fix.stamp, EventKind.FIX, tag), fix)
