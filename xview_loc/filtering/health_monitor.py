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

"""Decide how far the pose can be trusted."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief, GnssVerdict
from xview_loc.filtering.filter_config import HealthConfig
from xview_loc.filtering.pose_estimate import Health

CONFIRMING_STD_M = 5.0
CONFIRMING_AGE_S = 3.0
LOWEST_LOG_ODDS = -5.0
HIGHEST_LOG_ODDS = 12.0
DOUBTFUL = 0.2
KNOWN_YAW_STD = math.radians(30.0)
EVIDENCE_MEMORY = 0.6
SUPPORTING_IMAGES = 2.5
RELOCATION_LOG_ODDS = math.log(0.95 / 0.05)


def probability(log_odds: float) -> float:
    """Return the probability of log-odds."""
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -700.0), 700.0)))


class HealthMonitor:
    """
    A two-state hidden Markov model, tracking or lost, and a verdict with hysteresis.

    Every image and every fix multiplies the odds of being lost by how likely it was elsewhere,
    divided by how likely it was on the track. In the unit of
    :class:`xview_loc.filtering.likelihood_model.ImageEvidence` an image is 1 elsewhere.

    :param config: thresholds and the prior rate of losses.
    """

    def __init__(self, config: HealthConfig):
        """Keep the settings."""
        self._config = config

    def elapse(self, belief: Belief, duration: float) -> Belief:
        """Let a track be lost without anyone noticing, at the prior rate."""
        hazard = -math.expm1(-self._config.losses_per_hour / 3600.0 * duration)
        lost = probability(belief.lost_log_odds)
        lost = min(lost + (1.0 - lost) * hazard, 1.0 - 1e-9)
        return replace(belief, lost_log_odds=_clipped(math.log(lost / (1.0 - lost))))

    def see(self, belief: Belief, log_evidence: float, novelty: float) -> Belief:
        """
        Take in how well the track foresaw an image.

        Unforeseen images alone do not make a track lost while GNSS confirms it to a few metres:
        the map may be out of date. Then the odds stop at evens.

        :param belief: after the image.
        :param log_evidence: log of the mean likelihood of the prediction.
        :param novelty: share of new information in the image.
        """
        vision = belief.vision
        per_image = log_evidence / max(novelty, 1e-6)
        memory = EVIDENCE_MEMORY ** novelty if vision.updates else 0.0
        supporting = vision.supporting + novelty if log_evidence > 0.0 else 0.0
        odds = belief.lost_log_odds - log_evidence
        if log_evidence < 0.0 and _is_confirmed(belief):
            odds = min(odds, max(belief.lost_log_odds, 0.0))
        return replace(
            belief, lost_log_odds=_clipped(odds), vision=replace(
                vision, evidence=memory * vision.evidence + (1.0 - memory) * per_image,
                supporting=supporting, updates=vision.updates + 1))

    def hear(self, belief: Belief, log_evidence: float) -> Belief:
        """Take in how well the track foresaw a fix, relative to a track lost by 30 m."""
        return replace(belief, lost_log_odds=_clipped(belief.lost_log_odds - log_evidence))

    def relocated(self, belief: Belief) -> Belief:
        """Note that the track was given up for another, so it must have been wrong."""
        return replace(
            belief, relocations=belief.relocations + 1,
            lost_log_odds=max(belief.lost_log_odds, RELOCATION_LOG_ODDS))

    def judge(self, belief: Belief) -> Belief:
        """Decide on the health of a belief with its covariance."""
        health, reason = self._verdict(belief, np.asarray(belief.covariance))
        lost_since = belief.lost_since
        if health is Health.LOST:
            lost_since = belief.stamp if math.isnan(lost_since) else lost_since
        else:
            lost_since = math.nan
        return replace(belief, health=health, reason=reason, lost_since=lost_since)

    def _verdict(self, belief, covariance):
        config, was = self._config, belief.health
        lost = probability(belief.lost_log_odds)
        begun = was is not Health.INITIALISING
        if begun and lost > config.lost_probability:
            return Health.LOST, f'the track is wrong with probability {lost:.2f}'
        if was is Health.LOST and lost > config.found_probability:
            return Health.LOST, f'the new track is not confirmed yet (doubt {lost:.2f})'
        doubt = self._doubt(belief, covariance, lost)
        if doubt is None:
            return Health.CONVERGED, 'images support the track'
        unknown_yaw = covariance[2, 2] > KNOWN_YAW_STD ** 2
        if not begun and (unknown_yaw or belief.vision.updates == 0 and lost > 0.5):
            return Health.INITIALISING, doubt
        return Health.UNCERTAIN, doubt

    def _doubt(self, belief, covariance, lost):
        """Return why the pose is not converged; ``None`` when it is."""
        config, vision = self._config, belief.vision
        slack = config.hysteresis if belief.health is Health.CONVERGED else 1.0
        if vision.updates == 0:
            return ('camera measurements carry no information'
                    if not math.isnan(vision.flat_since) else 'no camera measurement yet')
        age = belief.stamp - vision.stamp
        if age > config.vision_timeout_s:
            return f'no informative camera measurement for {age:.0f} s'
        position_std = math.sqrt(max(np.linalg.eigvalsh(covariance[:2, :2])[-1], 0.0))
        if position_std > slack * config.converged_position_std:
            return f'position spread {position_std:.1f} m'
        yaw_std = math.sqrt(covariance[2, 2])
        if yaw_std > slack * config.converged_yaw_std:
            return f'yaw spread {math.degrees(yaw_std):.1f} deg'
        unsupported = (vision.evidence < 0.0 if belief.health is Health.CONVERGED else
                       vision.supporting < SUPPORTING_IMAGES)
        if unsupported:
            return 'images do not support the track'
        if lost > (DOUBTFUL if belief.health is Health.CONVERGED else config.found_probability):
            return f'the track is in doubt ({lost:.2f})'
        return None


def _is_confirmed(belief):
    """Tell whether a recent fix was where the track foresaw it."""
    gnss = belief.gnss
    return (gnss.verdict is GnssVerdict.ACCEPTED and gnss.std < CONFIRMING_STD_M
            and belief.stamp - gnss.stamp < CONFIRMING_AGE_S)


def _clipped(log_odds):
    return min(max(log_odds, LOWEST_LOG_ODDS), HIGHEST_LOG_ODDS)
