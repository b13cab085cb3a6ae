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

"""Sets of particles."""

from __future__ import annotations

import math

from fake_belief import gaussian_belief
import numpy as np
import pytest

from xview_loc.filtering.belief import GNSS_ERROR, Row
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.particle_population import (
    gaussian_poses, offspring, renewed, uniform_yaw_poses)
from xview_loc.geometry.pose2 import Pose2

COVARIANCE = np.array([[4.0, 1.0], [1.0, 2.0]])


def test_gaussian_poses_have_their_mean_and_covariance():
    covariance = np.array([[1.0, 0.5, 0.0], [0.5, 2.0, 0.01], [0.0, 0.01, 0.01]])
    poses = gaussian_poses(Pose2(3.0, 4.0, 3.1), covariance, 50_000, np.random.default_rng(0))
    centred = poses - np.array([[3.0], [4.0], [3.1]])
    centred[2] = np.angle(np.exp(1j * centred[2]))
    np.testing.assert_allclose(np.cov(centred), covariance, atol=0.04)
    assert np.abs(poses[2]).max() <= math.pi


def test_a_covariance_of_zero_gives_copies():
    poses = gaussian_poses(Pose2(3.0, 4.0, 1.0), np.zeros((3, 3)), 5, np.random.default_rng(0))
    np.testing.assert_allclose(poses.T, [[3.0, 4.0, 1.0]] * 5)


def test_any_slice_of_yaws_holds_a_balanced_cloud():
    for seed in range(5):
        poses = uniform_yaw_poses(10.0, -5.0, COVARIANCE, 10_000, np.random.default_rng(seed))
        np.testing.assert_allclose(np.cov(poses[:2]), COVARIANCE, atol=0.1)
        inside = np.abs(poses[2] - 1.0) < math.radians(3.0)
        assert inside.sum() == pytest.approx(10_000 / 60, rel=0.15)
        # Independent draws would be off by 2 m / sqrt(167) = 0.15 m on average.
        assert abs(poses[0, inside].mean() - 10.0) < 0.2
    assert poses[:, :0].shape == (3, 0)


def test_offspring_inherit_errors_and_shift_the_gnss_error_against_the_position():
    belief = gaussian_belief(stds=(2.0, 2.0, 0.02), count=5000)
    belief.states[Row.OFFSET_X] = 1.0 - 0.8 * belief.states[Row.X]
    belief.states[Row.OFFSET_Y] = -0.8 * belief.states[Row.Y]
    poses = np.tile([[5.0], [0.0], [1.0]], 400)
    still = offspring(belief.states, belief.weights, poses, np.random.default_rng(0),
                      position_moves=True)
    moved = offspring(belief.states, belief.weights, poses, np.random.default_rng(0),
                      position_moves=False)
    assert still[Row.OFFSET_X].mean() == pytest.approx(1.0 - 0.8 * 5.0, abs=0.1)
    assert still[Row.OFFSET_X].std() < 0.1
    assert moved[Row.OFFSET_X].mean() == pytest.approx(1.0, abs=0.2)
    np.testing.assert_array_equal(still[:3], poses)
    assert still[Row.SCALE].std() == pytest.approx(belief.states[Row.SCALE].std(), rel=0.2)


def test_offspring_may_keep_the_yaws_of_their_ancestors():
    belief = gaussian_belief(Pose2(0.0, 0.0, 2.0))
    children = offspring(belief.states, belief.weights, np.zeros((3, 100)),
                         np.random.default_rng(0), with_yaw=False)
    assert children[Row.YAW].mean() == pytest.approx(2.0, abs=0.02)


def test_even_weights_are_left_alone_and_degenerate_ones_resampled():
    config, belief = FilterConfig(), gaussian_belief(count=2000)
    same = renewed(belief.states, belief.weights, config, np.random.default_rng(0))
    assert same[0] is belief.states
    weights = np.where(belief.states[Row.X] > 0.3, 1.0, 1e-9)
    states, fresh = renewed(belief.states, weights / weights.sum(), config,
                            np.random.default_rng(0))
    assert states[Row.X].min() > 0.25
    assert len(fresh) == states.shape[1] == config.particle_count.minimum
    np.testing.assert_allclose(fresh, 1.0 / len(fresh))


def test_resampling_carries_whole_particles():
    belief = gaussian_belief(count=500)
    belief.states[GNSS_ERROR] = belief.states[Row.X]
    weights = np.random.default_rng(0).dirichlet(np.full(500, 0.1))
    states, _ = renewed(belief.states, weights, FilterConfig(), np.random.default_rng(0))
    for row in range(Row.OFFSET_X, len(states)):
        np.testing.assert_array_equal(states[row], states[Row.X])
