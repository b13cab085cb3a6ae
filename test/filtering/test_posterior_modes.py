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

"""Means, covariances and hypotheses."""

from __future__ import annotations

import math

from fake_belief import gaussian_belief, ring_belief
import numpy as np
import pytest

from xview_loc.filtering.posterior_modes import find_modes, moments, second_moment
from xview_loc.geometry.pose2 import Pose2


def merged(*weighted):
    """Join ``(weight, belief)`` into states and weights."""
    states = np.concatenate([belief.states for _, belief in weighted], axis=1)
    weights = np.concatenate([weight * belief.weights for weight, belief in weighted])
    return states, weights / weights.sum()


def test_the_mean_yaw_crosses_the_cut_of_the_circle():
    belief = gaussian_belief(Pose2(5.0, 6.0, math.pi), (0.5, 0.2, 0.1), count=20_000)
    mean, covariance = moments(belief.states, belief.weights)
    assert abs(math.remainder(mean.yaw - math.pi, 2.0 * math.pi)) < 0.01
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), (0.5, 0.2, 0.1), rtol=0.05)


def test_a_single_particle_still_has_a_positive_definite_covariance():
    mean, covariance = moments(np.array([[1.0], [2.0], [0.5]]), np.ones(1))
    assert mean == Pose2(1.0, 2.0, 0.5)
    assert np.linalg.eigvalsh(covariance)[0] > 0.0


def test_a_tight_cloud_is_one_mode_of_full_weight():
    modes = find_modes(*merged((1.0, gaussian_belief())))
    assert [mode.weight for mode in modes] == [1.0]


def test_two_roads_are_two_modes_and_the_mean_is_on_the_heavier():
    states, weights = merged((0.6, gaussian_belief(Pose2(0.0, 0.0, 0.1))),
                             (0.4, gaussian_belief(Pose2(0.0, 12.0, 0.1))))
    modes = find_modes(states, weights)
    assert [mode.weight for mode in modes] == pytest.approx([0.6, 0.4], abs=0.01)
    assert modes[0].pose.distance_to(Pose2(0.0, 0.0, 0.1)) < 0.1
    # The reported covariance must own up to the other road.
    assert second_moment(states, weights, modes[0].pose)[1, 1] == pytest.approx(
        0.4 * 12.0 ** 2, rel=0.05)


def test_opposite_headings_are_two_modes():
    modes = find_modes(*merged((0.5, gaussian_belief(Pose2(0.0, 0.0, 3.1))),
                               (0.5, gaussian_belief(Pose2(0.0, 0.0, -0.04)))))
    assert len(modes) == 2


def test_one_heading_across_the_cut_of_the_circle_is_one_mode():
    modes = find_modes(*merged((1.0, gaussian_belief(
        Pose2(0.0, 0.0, math.pi), (3.0, 3.0, 0.3), count=5000))))
    assert modes[0].weight > 0.95
    assert abs(math.remainder(modes[0].pose.yaw - math.pi, 2.0 * math.pi)) < 0.05


def test_unknown_yaw_is_one_mode_with_the_variance_of_the_circle():
    belief = ring_belief()
    modes = find_modes(belief.states, belief.weights)
    assert modes[0].weight > 0.8
    assert math.sqrt(modes[0].covariance[2, 2]) == pytest.approx(math.pi / math.sqrt(3.0), rel=0.1)


def test_a_cloud_over_the_whole_earth_does_not_exhaust_the_memory():
    generator = np.random.default_rng(0)
    states = generator.uniform(-1e7, 1e7, (3, 1000))
    modes = find_modes(states, np.full(1000, 1e-3))
    assert 1 <= len(modes) <= 6
