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

"""Draws from likelihood times prior."""

from __future__ import annotations

import math

from fake_belief import gaussian_belief
from fake_likelihood import FULL_CIRCLE, likelihood_around
import numpy as np
import pytest

from xview_loc.filtering.filter_config import LikelihoodConfig
from xview_loc.filtering.likelihood_model import LikelihoodModel
from xview_loc.filtering.pose_density import GaussianMixture
from xview_loc.filtering.posterior_modes import moments
from xview_loc.filtering.volume_sampler import VolumeSampler
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

PEAK = Pose2(3.2, -1.7, 0.8)


def sampler_of(likelihood, outlier=0.2):
    model = LikelihoodModel(LikelihoodConfig(outlier=outlier))
    return VolumeSampler(model.evidence(likelihood, gaussian_belief()))


def gaussian(pose, stds):
    return GaussianMixture.around(pose, np.diag(stds) ** 2).density


def draw(sampler, prior, count=20_000):
    return sampler.draw(prior, count, np.random.default_rng(0))


def test_draws_under_a_wide_prior_sit_on_the_peak():
    draws = draw(sampler_of(likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK)),
                 gaussian(Pose2(0.0, 0.0, 0.0), (5.0, 5.0, 3.0)))
    mean, covariance = moments(draws.poses, draws.weights / draws.weights.sum())
    assert mean.distance_to(PEAK) < 0.1
    assert mean.yaw == pytest.approx(PEAK.yaw, abs=math.radians(0.3))
    # Linear interpolation between cells of 0.5 m and 3 deg widens the peak of 0.35 m and 2 deg.
    stds = np.sqrt(np.diag(covariance))
    assert np.all((stds[:2] > 0.33) & (stds[:2] < 0.45))
    assert math.radians(1.8) < stds[2] < math.radians(2.6)


def test_prior_and_likelihood_meet_between_their_peaks():
    prior = Pose2(PEAK.x + 0.7, PEAK.y, PEAK.yaw)
    draws = draw(sampler_of(likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK)),
                 gaussian(prior, (0.4, 0.4, 0.1)))
    mean, _ = moments(draws.poses, draws.weights / draws.weights.sum())
    assert mean.x == pytest.approx(PEAK.x + 0.7 * 0.38 ** 2 / (0.38 ** 2 + 0.4 ** 2), abs=0.08)


def test_the_evidence_is_the_integral_of_prior_times_likelihood():
    sampler = sampler_of(likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK), outlier=0.2)
    uniform = 1.0 / sampler.known_measure
    draws = draw(sampler, lambda x, y, yaw: np.full(np.shape(x), uniform))
    # Under a uniform prior the ratio to the volume's mean averages to one by construction.
    assert draws.evidence == pytest.approx(0.8, rel=1e-3)
    # Between cells the logarithm is interpolated, which cuts into a peak as narrow as a cell.
    evidence = sampler._evidence
    generator = np.random.default_rng(1)
    x, y = generator.uniform(-12.0, 12.0, (2, 400_000))
    interpolated = evidence.mixture(evidence.log_ratio(
        x, y, generator.uniform(-math.pi, math.pi, 400_000))) - 0.2
    assert draws.weights.sum() == pytest.approx(interpolated.mean(), rel=0.15)


def test_twin_peaks_share_the_draws():
    first = likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK)
    twin = likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), Pose2(PEAK.x, PEAK.y, PEAK.yaw - math.pi))
    both = PoseLikelihood(np.maximum(first.log_likelihood, twin.log_likelihood), first.geometry,
                          first.yaws, 0.0)
    draws = draw(sampler_of(both), gaussian(Pose2(0.0, 0.0, 0.0), (5.0, 5.0, 3.0)))
    forward = np.cos(draws.poses[2] - PEAK.yaw) > 0.0
    assert draws.weights[forward].sum() / draws.weights.sum() == pytest.approx(0.5, abs=0.1)


def test_nothing_is_drawn_where_prior_and_volume_do_not_meet():
    sampler = sampler_of(likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK))
    assert draw(sampler, gaussian(Pose2(5000.0, 0.0, 0.0), (1.0, 1.0, 0.1)), 10) is None


def test_unknown_cells_are_never_drawn():
    whole = likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK)
    values = whole.log_likelihood.copy()
    values[:, :, 20:] = np.nan
    draws = draw(sampler_of(PoseLikelihood(values, whole.geometry, whole.yaws, 0.0)),
                 gaussian(Pose2(0.0, 0.0, 0.0), (8.0, 8.0, 3.0)), 500)
    assert draws.poses[0].max() <= whole.geometry.map_from_pixel(0.0, 20.0)[0]


def test_a_volume_of_one_yaw_is_drawn_in_position_only():
    volume = likelihood_around(0.0, Pose2(0.0, 0.0, 0.0), PEAK, np.array([PEAK.yaw]))
    sampler = sampler_of(volume)
    assert not sampler.has_yaw
    flat = GaussianMixture(GaussianMixture.around(
        Pose2(0.0, 0.0, 0.0), np.diag([9.0, 9.0, 0.01])).components, with_yaw=False)
    draws = draw(sampler, flat.density, 2000)
    assert np.average(draws.poses[0], weights=draws.weights) == pytest.approx(PEAK.x, abs=0.1)


def test_the_measure_counts_known_cells_times_their_yaw_interval():
    geometry = PatchGeometry(0.0, 0.0, 0.5, 4, 6)
    values = np.random.default_rng(0).normal(size=(len(FULL_CIRCLE), 4, 6)).astype(np.float32)
    values[:, 0, 0] = np.nan
    sampler = sampler_of(PoseLikelihood(values, geometry, FULL_CIRCLE, 0.0))
    assert sampler.known_measure == pytest.approx(23 * 0.25 * 2.0 * math.pi)
