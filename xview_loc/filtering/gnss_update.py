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

"""Weigh particles by a GNSS fix that may be biased, reflected or forged."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief, GnssVerdict, Row
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.health_monitor import HealthMonitor
from xview_loc.filtering.particle_population import (
    new_states, renewed, uniform_yaw_poses)
from xview_loc.filtering.pose_estimate import Health

NIS_MEMORY = 0.95
LOST_STD_M = 30.0
OUTLIER = 0.02
EVIDENCE_TIME_S = 1.0
RECOVERY_SHARE = 0.2
LARGEST_BLAME = 5.0
VISION_AGE_S = 10.0
VISION_SUPPORT = 1.0


class GnssUpdate:
    """
    Bayesian update with a fix.

    A fix whose innovation exceeds the gate has its covariance inflated until it sits on the gate
    (so its pull stops growing); far beyond, it is rejected. A receiver whose innovations are
    consistently larger than it claims has its covariance inflated adaptively.

    :param config: settings.
    :param error_model: correlated errors of GNSS.
    :param health: keeps the odds of being lost.
    """

    def __init__(self, config: FilterConfig, error_model: GnssErrorModel, health: HealthMonitor):
        """Keep the settings."""
        self._config = config
        self._error_model = error_model
        self._health = health

    def apply(self, belief: Belief, fix: GnssFix, generator: np.random.Generator) -> Belief:
        """
        Take in a fix.

        :param belief: prediction at the stamp of the fix.
        :param fix: the measurement.
        :param generator: source of random numbers.
        """
        model, gnss = self._error_model, belief.gnss
        adaptive = min(max(gnss.mean_nis / 2.0, 1.0), self._config.gnss.inflation_limit)
        white = model.white(np.asarray(fix.covariance)) * adaptive
        innovation = model.innovation(belief.states, fix.x, fix.y)
        mean, total = self._predicted(belief, innovation, white)
        raw_nis = float(mean @ np.linalg.solve(total + white / adaptive - white, mean))
        nis = float(mean @ np.linalg.solve(total, mean))
        evidence = self._log_evidence(belief, fix, mean, total)
        heard = self._health.hear(belief, evidence)
        verdict, white = self._gated(nis, total, white)
        recovering = belief.health is Health.LOST
        rejected = verdict is GnssVerdict.REJECTED
        record = replace(
            gnss, stamp=fix.stamp, nis=nis, verdict=verdict,
            std=math.sqrt(np.linalg.eigvalsh(total)[-1]),
            mean_nis=NIS_MEMORY * gnss.mean_nis + (1.0 - NIS_MEMORY) * min(
                raw_nis, self._config.gnss.gate_sigma ** 2),
            rejected=gnss.rejected + 1 if rejected else 0,
            blame=0.0 if evidence > 0.0 else gnss.blame - evidence)
        heard = replace(heard, gnss=record)
        if recovering:
            return self._reseeded(heard, fix, generator)
        return heard if rejected else self._corrected(heard, innovation, white, generator)

    def _predicted(self, belief, innovation, white):
        """Return mean and covariance of the innovation over the whole particle set."""
        mean = innovation @ belief.weights
        deviation = innovation - mean[:, None]
        spread = (deviation * belief.weights) @ deviation.T
        given = self._error_model.innovation_covariance(belief.gnss_covariance, white)
        return mean, spread + given

    def _gated(self, nis, total, white):
        gate, reject = self._config.gnss.gate_sigma ** 2, self._config.gnss.reject_sigma ** 2
        if nis <= gate:
            return GnssVerdict.ACCEPTED, white
        if nis <= reject:
            return GnssVerdict.INFLATED, white + total * (nis / gate - 1.0)
        return GnssVerdict.REJECTED, white

    def _log_evidence(self, belief, fix, mean, total):
        """
        Return the log-likelihood ratio of tracking against lost, discounted for correlation.

        Fixes that disagree in a row share their cause, which may be the receiver's. While images
        support the track, all of them together count no more than ``LARGEST_BLAME``.
        """
        lost = total + LOST_STD_M ** 2 * np.eye(2)
        ratio = math.exp(min(_log_gaussian(mean, total) - _log_gaussian(mean, lost), 50.0))
        novelty = -math.expm1(-max(fix.stamp - belief.gnss.stamp, 0.0) / EVIDENCE_TIME_S)
        evidence = novelty * math.log((1.0 - OUTLIER) * ratio + OUTLIER)
        vision = belief.vision
        if fix.stamp - vision.stamp < VISION_AGE_S and vision.evidence > VISION_SUPPORT:
            return max(evidence, min(belief.gnss.blame - LARGEST_BLAME, 0.0))
        return evidence

    def _corrected(self, belief, innovation, white, generator):
        model = self._error_model
        given = model.innovation_covariance(belief.gnss_covariance, white)
        log_weight = model.log_likelihood(innovation, given)
        weights = belief.weights * np.exp(log_weight - log_weight.max())
        total = weights.sum()
        if not total > 0.0:
            return belief
        states = belief.states.copy()
        covariance = model.correct(states, belief.gnss_covariance, innovation, white)
        states, weights = renewed(states, weights / total, self._config, generator)
        return replace(belief, states=states, weights=weights, gnss_covariance=covariance)

    def _reseeded(self, belief, fix, generator):
        """While lost, let a share of the particles start again around the fix."""
        count = max(int(RECOVERY_SHARE * belief.count), 100)
        model = self._error_model
        fresh = self.particles_around(fix, count, generator)
        offset = belief.states[Row.OFFSET_X:] @ belief.weights
        fresh[Row.OFFSET_X:] = offset[:, None]
        fresh[:2] -= (offset[:2] + offset[2:])[:, None]
        states = np.concatenate([belief.states, fresh], axis=1)
        weights = np.concatenate([
            (1.0 - RECOVERY_SHARE) * belief.weights, np.full(count, RECOVERY_SHARE / count)])
        covariance = model.initial_covariance()
        white = model.white(np.asarray(fix.covariance))
        innovation = model.innovation(states, fix.x, fix.y)
        given = model.innovation_covariance(covariance, white)
        far = given + LOST_STD_M ** 2 * np.eye(2)
        # The track may yet be right and the fix forged, so no particle loses more than this.
        floor = OUTLIER / (2.0 * math.pi * math.sqrt(np.linalg.det(far)))
        weights = weights * (np.exp(model.log_likelihood(innovation, given)) + floor)
        states, weights = renewed(
            states, weights / weights.sum(), self._config, generator, force=True)
        return replace(belief, states=states, weights=weights, gnss_covariance=covariance)

    def particles_around(self, fix: GnssFix, count: int,
                         generator: np.random.Generator) -> np.ndarray:
        """
        Spread particles of any yaw around a fix.

        :param fix: centre; its error model sets the spread.
        :param count: number of particles.
        :param generator: source of random numbers.
        :return: ``(9, count)``.
        """
        spread = self._error_model.position_covariance(np.asarray(fix.covariance))
        poses = uniform_yaw_poses(fix.x, fix.y, spread, count, generator)
        return new_states(poses, self._config, generator)


def _log_gaussian(deviation: np.ndarray, covariance: np.ndarray) -> float:
    square = float(deviation @ np.linalg.solve(covariance, deviation))
    return -0.5 * (square + math.log(np.linalg.det(covariance))) - math.log(2.0 * math.pi)
