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

"""The particle filter as a pure function of its measurements."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief, GNSS_ERROR, GnssRecord, GnssVerdict
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.filter_event import EventKind, FilterEvent
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.gnss_update import GnssUpdate
from xview_loc.filtering.health_monitor import HealthMonitor, probability
from xview_loc.filtering.image_update import ImageUpdate
from xview_loc.filtering.motion_model import Motion, MotionModel
from xview_loc.filtering.particle_population import (
    gaussian_poses, new_states, renewed, uniform_yaw_poses)
from xview_loc.filtering.pose_estimate import Health, PoseEstimate
from xview_loc.filtering.posterior_modes import find_modes, moments, second_moment
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

LOST_SHARE_PER_TICK = 0.1
LOST_FIRST_STD_M = 5.0
LOST_GROWTH_M_PER_S = 1.0
LOST_LARGEST_STD_M = 50.0
GNSS_SILENCE_S = 5.0
RELOCATION_DISTANCE_M = 5.0
RELOCATION_YAW = math.radians(30.0)
RELOCATION_SIGMA = 4.0


class ParticleFilter:
    """
    Starts, moves and corrects beliefs; it holds no state of its own.

    Every method returns a new :class:`xview_loc.filtering.belief.Belief`, so a caller can go back
    to any earlier one and do it again with what arrived late.

    :param config: settings.
    """

    def __init__(self, config: FilterConfig):
        """Build the models."""
        self._config = config
        self._error_model = GnssErrorModel(config.gnss)
        self.motion_model = MotionModel(config.motion_noise, self._error_model)
        self._health = HealthMonitor(config.health)
        self._image_update = ImageUpdate(config, self._health)
        self._gnss_update = GnssUpdate(config, self._error_model, self._health)

    def step(self, belief: Belief | None, event: FilterEvent, motions: list[Motion]
             ) -> Belief:
        """
        Handle an event, with the random numbers that belong to it.

        :param belief: before it; ``None`` before the first pose.
        :param event: not before the belief.
        :param motions: steps from the belief to the event.
        :return: the belief right after the event.
        """
        generator, kind = event.key.generator(self._config.seed), event.key.kind
        stamp, measurement = event.key.stamp, event.payload
        if kind is EventKind.POSE:
            pose, covariance = measurement
            return self.start_from_pose(stamp, pose, covariance, generator)
        if belief is None:
            start = self.start_from_fix if kind is EventKind.FIX else self.start_from_image
            return start(measurement, generator)
        belief = self.predict(belief, motions, stamp, generator)
        if kind is EventKind.FIX:
            return self.hear(belief, measurement, generator)
        if kind is EventKind.IMAGE:
            return self.see(belief, measurement, generator)
        return self.idle(belief, generator)

    def start_from_fix(self, fix: GnssFix, generator: np.random.Generator) -> Belief:
        """Spread particles of any yaw around a fix, and explain the fix to each of them."""
        count = self._config.particle_count.maximum
        states = self._gnss_update.particles_around(fix, count, generator)
        white = self._error_model.white(np.asarray(fix.covariance))
        innovation = self._error_model.innovation(states, fix.x, fix.y)
        covariance = self._error_model.correct(
            states, self._error_model.initial_covariance(), innovation, white)
        belief = Belief(fix.stamp, states, np.full(count, 1.0 / count), covariance,
                        gnss=GnssRecord(fix.stamp, verdict=GnssVerdict.ACCEPTED))
        return self._judged(belief)

    def start_from_pose(self, stamp: float, pose: Pose2, covariance: np.ndarray,
                        generator: np.random.Generator) -> Belief:
        """Spread particles around a pose that somebody is sure of to the given covariance."""
        count = self._config.particle_count.maximum
        poses = gaussian_poses(pose, covariance, count, generator)
        states = new_states(poses, self._config, generator)
        belief = Belief(stamp, states, np.full(count, 1.0 / count),
                        self._error_model.initial_covariance())
        return self._judged(belief)

    def start_from_image(self, likelihood: PoseLikelihood,
                         generator: np.random.Generator) -> Belief:
        """Spread particles over the volume of the first image; the image itself comes next."""
        count = self._config.particle_count.maximum
        geometry = likelihood.geometry
        uniform = generator.random((2, count))
        x, y = geometry.map_from_pixel(uniform[0] * geometry.height, uniform[1] * geometry.width)
        poses = uniform_yaw_poses(0.0, 0.0, np.eye(2), count, generator)
        poses[0], poses[1] = x, y
        states = new_states(poses, self._config, generator)
        belief = Belief(likelihood.stamp, states, np.full(count, 1.0 / count),
                        self._error_model.initial_covariance())
        return self.see(belief, likelihood, generator)

    def predict(self, belief: Belief, motions: list[Motion], stamp: float,
                generator: np.random.Generator) -> Belief:
        """
        Move a belief.

        :param belief: at the start of the motions.
        :param motions: steps that add up to the time until ``stamp``.
        :param stamp: of the result [s].
        :param generator: source of random numbers.
        """
        duration = stamp - belief.stamp
        for motion in motions:
            belief = self.motion_model.predict(belief, motion, generator)
        return self._health.elapse(replace(belief, stamp=stamp), duration)

    def see(self, belief: Belief, likelihood: PoseLikelihood,
            generator: np.random.Generator) -> Belief:
        """Take in an image at the belief's stamp."""
        before = moments(belief.states, belief.weights)
        posterior = self._summarised(self._image_update.apply(belief, likelihood, generator))
        if belief.vision.updates and _has_moved(*before, posterior):
            posterior = self._health.relocated(posterior)
        return self._health.judge(posterior)

    def hear(self, belief: Belief, fix: GnssFix, generator: np.random.Generator) -> Belief:
        """Take in a fix at the belief's stamp."""
        return self._judged(self._gnss_update.apply(belief, fix, generator))

    def idle(self, belief: Belief, generator: np.random.Generator) -> Belief:
        """Let time pass: while lost without GNSS, let a share search ever farther."""
        if belief.health is Health.LOST and belief.stamp - belief.gnss.stamp > GNSS_SILENCE_S:
            belief = self._spread(belief, generator)
        return self._judged(belief)

    def _spread(self, belief, generator):
        std = min(LOST_FIRST_STD_M + LOST_GROWTH_M_PER_S * (belief.stamp - belief.lost_since),
                  LOST_LARGEST_STD_M)
        states = belief.states.copy()
        wanders = generator.random(belief.count) < LOST_SHARE_PER_TICK
        states[:2, wanders] += std * generator.standard_normal((2, int(wanders.sum())))
        states, weights = renewed(states, belief.weights, self._config, generator, force=True)
        return replace(belief, states=states, weights=weights)

    def _judged(self, belief: Belief) -> Belief:
        return self._health.judge(self._summarised(belief))

    @staticmethod
    def _summarised(belief: Belief) -> Belief:
        modes = find_modes(belief.states, belief.weights)
        covariance = modes[0].covariance
        if len(modes) > 1 or modes[0].weight < 1.0:
            covariance = second_moment(belief.states, belief.weights, modes[0].pose)
        return replace(belief, modes=modes, covariance=covariance)

    @staticmethod
    def estimate(belief: Belief) -> PoseEstimate:
        """Summarise a judged belief."""
        offset = belief.states[GNSS_ERROR][:2]
        mean_offset = offset @ belief.weights
        deviation = offset - mean_offset[:, None]
        spread = (deviation * belief.weights) @ deviation.T
        return PoseEstimate(
            belief.modes[0].pose, belief.covariance, belief.stamp, belief.health, belief.reason,
            probability(belief.lost_log_odds), belief.modes, mean_offset,
            spread + belief.gnss_covariance[:2, :2])


def _has_moved(before: Pose2, covariance: np.ndarray, posterior: Belief) -> bool:
    """Tell whether the estimate has left its own prediction."""
    after = posterior.modes[0].pose
    position_std = math.sqrt(np.linalg.eigvalsh(covariance[:2, :2])[-1])
    far = before.distance_to(after) > max(RELOCATION_DISTANCE_M, RELOCATION_SIGMA * position_std)
    turn = abs(float(wrap_angle(after.yaw - before.yaw)))
    return far or turn > max(RELOCATION_YAW, RELOCATION_SIGMA * math.sqrt(covariance[2, 2]))
