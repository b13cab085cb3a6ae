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

"""Images and particles."""

from __future__ import annotations

from dataclasses import replace
import math

from fake_belief import belief_at, gaussian_belief, ring_belief
from fake_likelihood import likelihood_around
import numpy as np
import pytest

from xview_loc.filtering.belief import Row, VisionRecord
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.health_monitor import HealthMonitor
from xview_loc.filtering.image_update import ImageUpdate
from xview_loc.filtering.posterior_modes import find_modes, moments
from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.pose_likelihood import PoseLikelihood

ORIGIN = Pose2(0.0, 0.0, 0.0)
TRACKING = {'lost_log_odds': -6.0, 'vision': VisionRecord(stamp=-50.0, updates=30, evidence=3.0)}


def update(belief, likelihood, config=None, seed=0):
    config = config or FilterConfig()
    image_update = ImageUpdate(config, HealthMonitor(config.health))
    return image_update.apply(belief, likelihood, np.random.default_rng(seed))


def estimate(belief):
    return moments(belief.states, belief.weights)


def near(pose, target, distance=1.0):
    return np.hypot(pose[0] - target.x, pose[1] - target.y) < distance


def share_near(belief, target):
    return float(belief.weights[near(belief.states, target)].sum())


def test_the_posterior_of_two_gaussians_lies_between_them():
    belief = gaussian_belief(Pose2(0.0, 0.0, 0.0), (0.6, 0.6, 0.05), count=8000)
    posterior = update(belief, likelihood_around(0.0, ORIGIN, Pose2(0.9, 0.0, 0.0)))
    mean, covariance = estimate(posterior)
    # The peak of 0.35 m, widened by interpolation to about 0.4 m, against 0.6 m.
    assert mean.x == pytest.approx(0.9 * 0.36 / (0.36 + 0.16), abs=0.12)
    assert math.sqrt(covariance[0, 0]) < 0.6
    assert posterior.weights.sum() == pytest.approx(1.0)


def test_one_image_finds_the_pose_in_a_cloud_of_any_yaw():
    truth = Pose2(3.0, -2.0, 2.2)
    posterior = update(ring_belief(std=4.0), likelihood_around(0.0, ORIGIN, truth))
    mode = find_modes(posterior.states, posterior.weights)[0]
    assert mode.pose.distance_to(truth) < 0.3
    assert abs(math.remainder(mode.pose.yaw - truth.yaw, 2.0 * math.pi)) < math.radians(1.0)
    assert mode.weight > 0.7


def test_a_second_image_elsewhere_in_the_scene_settles_it():
    truth = Pose2(3.0, -2.0, 2.2)
    first = update(ring_belief(std=4.0), likelihood_around(0.0, ORIGIN, truth))
    second = update(replace(first, odometer=10.0), likelihood_around(0.0, ORIGIN, truth))
    assert share_near(second, truth) > 0.99


def test_twins_keep_both_headings():
    forward, backward = (likelihood_around(0.0, ORIGIN, Pose2(2.0, 0.0, yaw))
                         for yaw in (0.5, 0.5 - math.pi))
    twins = PoseLikelihood(np.maximum(forward.log_likelihood, backward.log_likelihood),
                           forward.geometry, forward.yaws, 0.0)
    posterior = update(ring_belief(std=3.0), twins)
    weights = [mode.weight for mode in find_modes(posterior.states, posterior.weights)[:2]]
    assert min(weights) > 0.25


@pytest.mark.parametrize('value', [np.nan, 0.0, 7.0, -np.inf])
def test_an_image_that_knows_nothing_changes_nothing(value):
    belief = gaussian_belief(**TRACKING)
    blind = likelihood_around(0.0, ORIGIN, ORIGIN)
    blind = replace(blind, log_likelihood=np.full_like(blind.log_likelihood, value))
    posterior = update(belief, blind)
    assert posterior.states is belief.states
    assert posterior.weights is belief.weights
    assert posterior.lost_log_odds == belief.lost_log_odds
    assert posterior.vision.updates == belief.vision.updates
    assert posterior.vision.flat_since == belief.stamp


def test_the_same_scene_again_changes_next_to_nothing():
    belief = gaussian_belief(Pose2(0.5, 0.0, 0.0), stamp=100.0, vision=VisionRecord(
        stamp=100.0, updates=5))
    posterior = update(belief, likelihood_around(100.0, ORIGIN, ORIGIN))
    assert estimate(posterior)[0].x == pytest.approx(0.5, abs=0.02)


def test_while_the_track_foresees_the_images_nothing_is_injected():
    belief = gaussian_belief(**TRACKING)
    posterior = update(belief, likelihood_around(0.0, ORIGIN, Pose2(0.1, 0.1, 0.0)))
    assert near(posterior.states, ORIGIN, 3.0).all()


def test_one_wrong_peak_does_not_move_a_track_but_a_few_in_agreement_do():
    elsewhere, ground = Pose2(6.0, 5.0, 0.3), gaussian_belief(**TRACKING)
    first = update(ground, likelihood_around(0.0, ORIGIN, elsewhere))
    assert share_near(first, elsewhere) < 0.1
    assert find_modes(first.states, first.weights)[0].pose.distance_to(ORIGIN) < 0.3
    belief = first
    for k in range(4):
        belief = update(replace(belief, odometer=20.0 * (k + 1)),
                        likelihood_around(0.0, ORIGIN, elsewhere))
    assert share_near(belief, elsewhere) > 0.9


def test_particles_outside_the_volume_neither_gain_nor_lose_against_an_even_spread():
    generator = np.random.default_rng(0)
    inside = np.stack([generator.uniform(-5.9, 5.9, 20_000), generator.uniform(-5.9, 5.9, 20_000),
                       generator.uniform(-math.pi, math.pi, 20_000)])
    outside = inside + np.array([[100.0], [0.0], [0.0]])
    belief = belief_at(np.concatenate([inside, outside], axis=1), generator)
    clutter = likelihood_around(0.0, ORIGIN, ORIGIN, radius_m=6.0)
    noise = generator.normal(0.0, 0.7, clutter.log_likelihood.shape)
    clutter = replace(clutter, log_likelihood=noise.astype(np.float32))
    config = replace(FilterConfig(), likelihood=replace(
        FilterConfig().likelihood, relocation=1e-9))
    posterior = update(belief, clutter, config)
    kept = posterior.weights[posterior.states[Row.X] > 50.0].sum()
    assert kept == pytest.approx(0.5, abs=0.06)


def test_a_volume_of_one_yaw_corrects_the_position_and_keeps_the_yaws():
    belief = gaussian_belief(Pose2(0.5, 0.0, 0.0), (4.0, 4.0, 0.2), count=4000)
    likelihood = likelihood_around(0.0, ORIGIN, ORIGIN, np.array([0.0]))
    posterior = update(belief, likelihood)
    mean, covariance = moments(*_near_origin(posterior))
    assert mean.distance_to(ORIGIN) < 0.3
    assert math.sqrt(covariance[2, 2]) == pytest.approx(0.2, rel=0.15)


def _near_origin(belief):
    inside = near(belief.states, ORIGIN, 2.0)
    weights = belief.weights[inside]
    return belief.states[:, inside], weights / weights.sum()


def test_a_narrow_peak_in_a_wide_cloud_tells_nothing_about_the_odometry():
    for seed in range(4):
        belief = gaussian_belief(stds=(1.6, 1.6, 0.1), count=10_000, seed=seed)
        truth = Pose2(0.7, -0.5, 0.03)
        posterior = update(belief, likelihood_around(0.0, ORIGIN, truth), seed=seed)
        found = near(posterior.states, truth)
        scales, counts = np.unique(posterior.states[Row.SCALE, found], return_counts=True)
        assert abs(scales.mean()) < 0.002
        assert scales.std() == pytest.approx(FilterConfig().motion_noise.scale, rel=0.1)
        assert counts.max() < 0.005 * found.sum()


def test_a_wrong_peak_seen_for_a_minute_at_standstill_does_not_talk_the_track_away():
    elsewhere = Pose2(6.0, 5.0, 0.3)
    belief = gaussian_belief(
        stamp=0.0, lost_log_odds=-1.0, vision=VisionRecord(stamp=-0.2, updates=30, evidence=3.0))
    for k in range(1, 200):
        belief = update(replace(belief, stamp=0.25 * k),
                        likelihood_around(0.0, ORIGIN, elsewhere), seed=k)
    assert share_near(belief, elsewhere) < 0.2
    assert find_modes(belief.states, belief.weights)[0].pose.distance_to(ORIGIN) < 0.3
