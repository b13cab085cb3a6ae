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

"""Weigh particles by an image, and look for the vehicle where the image says it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
import math

import numpy as np

from xview_loc.filtering.belief import Belief
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.health_monitor import HealthMonitor, probability
from xview_loc.filtering.likelihood_model import LikelihoodModel
from xview_loc.filtering.particle_population import offspring, renewed
from xview_loc.filtering.pose_density import GaussianMixture
from xview_loc.filtering.posterior_modes import find_modes, moments
from xview_loc.filtering.resampling import effective_sample_size
from xview_loc.filtering.volume_sampler import VolumeSampler
from xview_loc.matching.pose_likelihood import PoseLikelihood

STARVED_SIZE = 100.0
STARVED_SHARE = 0.1
SUFFICIENT_EVIDENCE = 5.0
NEGLIGIBLE_SHARE = 2e-4
CROWD = 1.5
SEAM_YAW_STD = math.radians(3.0)


@dataclass(frozen=True)
class _Part:
    """Particles with unnormalised posterior weights."""

    states: np.ndarray
    weights: np.ndarray


class ImageUpdate:
    """
    Bayesian update with a likelihood volume under a mixture prior.

    The prior is: with a small probability the vehicle or the imagery moved without the odometry
    telling (``relocation``), otherwise it is where the particles are. The particles represent the
    second part; the first is drawn from the volume itself and enters with the mass that Bayes'
    rule gives it. While the track foresees the images this mass is negligible and nothing is
    injected; once it does not, the draws take over.

    :param config: settings.
    :param health: keeps the odds of being lost.
    """

    def __init__(self, config: FilterConfig, health: HealthMonitor):
        """Keep the settings."""
        self._config = config
        self._model = LikelihoodModel(config.likelihood)
        self._health = health

    def apply(self, belief: Belief, likelihood: PoseLikelihood,
              generator: np.random.Generator) -> Belief:
        """
        Take in an image.

        :param belief: prediction at the stamp of the image.
        :param likelihood: the measurement.
        :param generator: source of random numbers.
        :return: the posterior; the prediction itself where the image knows nothing.
        """
        evidence = self._model.evidence(likelihood, belief)
        if evidence is None or not evidence.is_informative:
            return _unseen(belief)
        log_ratio = evidence.log_ratio(*belief.states[:3])
        factor = evidence.mixture(log_ratio)
        tracked = _Part(belief.states, belief.weights * factor)
        parts = [tracked]
        if _is_starved(belief.weights * (factor - evidence.floor)):
            parts = self._refined(
                belief, evidence, log_ratio, VolumeSampler(evidence), generator)
        mass = sum(float(part.weights.sum()) for part in parts)
        if mass < SUFFICIENT_EVIDENCE ** evidence.novelty:
            # A place that was not on the track has not been seen before.
            sampler = VolumeSampler(replace(evidence, novelty=1.0))
            parts += self._relocated(belief, evidence, sampler, mass, generator)
        return self._merged(belief, evidence, parts, mass, generator)

    def _refined(self, belief, evidence, log_ratio, sampler, generator):
        """
        Replace a cloud too coarse for the peak by draws from the peak.

        The particles keep the floor of the likelihood, the draws carry what is above it.
        """
        prior = GaussianMixture(
            find_modes(belief.states, belief.weights), with_yaw=sampler.has_yaw)
        draws = sampler.draw(prior.density, self._config.particle_count.maximum // 2, generator)
        if draws is None:
            return [_Part(belief.states, belief.weights * evidence.mixture(log_ratio))]
        kept = _Part(belief.states,
                     belief.weights * np.where(np.isnan(log_ratio), 1.0, evidence.floor))
        return [kept, self._descend(belief, draws, sampler, True, generator)]

    def _relocated(self, belief, evidence, sampler, mass, generator):
        """Draw where the vehicle may be if the track is wrong."""
        prior_mass = self._config.likelihood.relocation
        if belief.vision.updates:
            prior_mass = max(prior_mass, 0.5 * probability(belief.lost_log_odds))
        # Looking at the same scene again and again must not talk the track away.
        prior_mass *= evidence.novelty
        count = self._config.particle_count.minimum // 5
        result = []
        for prior, position_moves in self._elsewhere(belief, sampler):
            draws = sampler.draw(prior, count, generator)
            if draws is None:
                continue
            share = 0.5 * prior_mass * draws.evidence
            if share > NEGLIGIBLE_SHARE * mass:
                part = self._descend(belief, draws, sampler, position_moves, generator)
                result.append(replace(part, weights=0.5 * prior_mass * part.weights))
        return result

    def _elsewhere(self, belief, sampler):
        """Return prior densities of a move: a seam nearby, or anywhere in the volume."""
        pose, covariance = moments(belief.states, belief.weights)
        seam = self._config.likelihood.seam_std
        near = GaussianMixture(
            GaussianMixture.around(
                pose, covariance + np.diag([seam, seam, SEAM_YAW_STD]) ** 2).components,
            with_yaw=sampler.has_yaw)
        everywhere = 1.0 / max(sampler.known_measure, 1e-9)
        return ((near.density, True),
                (lambda x, y, yaw: np.full(np.shape(x), everywhere), False))

    def _descend(self, belief, draws, sampler, position_moves, generator):
        states = offspring(
            belief.states, belief.weights, draws.poses, generator,
            position_moves=position_moves, with_yaw=sampler.has_yaw)
        return _Part(states, draws.weights)

    def _merged(self, belief, evidence, parts, mass, generator):
        states = np.concatenate([part.states for part in parts], axis=1)
        weights = np.concatenate([part.weights for part in parts])
        weights = weights / weights.sum()
        # Few draws of little weight would not survive resampling; they wait for the next image.
        crowded = states.shape[1] > min(
            CROWD * belief.count, self._config.particle_count.maximum)
        states, weights = renewed(states, weights, self._config, generator, force=crowded)
        posterior = replace(
            belief, states=states, weights=weights,
            vision=replace(belief.vision, stamp=belief.stamp, odometer=belief.odometer,
                           turned=belief.turned, flat_since=math.nan))
        return self._health.see(posterior, math.log(mass), evidence.novelty)


def _unseen(belief: Belief) -> Belief:
    """Note that an image told nothing."""
    if not math.isnan(belief.vision.flat_since):
        return belief
    return replace(belief, vision=replace(belief.vision, flat_since=belief.stamp))


def _is_starved(weights: np.ndarray) -> bool:
    """
    Tell whether too few particles sit on the peak to stand for what they carry along.

    The odometry errors of the survivors are those of the few ancestors that happened to be there;
    no later image can bring back what the others knew.

    :param weights: ``(N,)`` above the wrong-peak floor, whose mass says nothing about the peak.
    """
    weights = np.maximum(weights, 0.0)
    total = weights.sum()
    return not total > 0.0 or effective_sample_size(weights / total) < max(
        STARVED_SIZE, STARVED_SHARE * len(weights))
