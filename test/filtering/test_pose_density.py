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

"""Densities made of Gaussians."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from xview_loc.filtering.pose_density import GaussianMixture
from xview_loc.filtering.pose_estimate import PoseMode
from xview_loc.geometry.pose2 import Pose2

COVARIANCE = np.array([[1.0, 0.3, 0.02], [0.3, 2.0, 0.0], [0.02, 0.0, 0.01]])


def test_the_density_equals_that_of_scipy():
    points = np.random.default_rng(0).normal(0.0, 0.5, (20, 3))
    ours = GaussianMixture.around(Pose2(0.1, 0.2, 0.05), COVARIANCE).density(*points.T)
    np.testing.assert_allclose(ours, multivariate_normal((0.1, 0.2, 0.05), COVARIANCE).pdf(points))


def test_the_yaw_wraps_around():
    density = GaussianMixture.around(Pose2(0.0, 0.0, math.pi), COVARIANCE).density
    zero = np.zeros(1)
    assert density(zero, zero, np.array([-math.pi + 0.1])) == pytest.approx(
        density(zero, zero, np.array([math.pi + 0.1])))


def test_an_unknown_yaw_is_uniform():
    wide = COVARIANCE.copy()
    wide[2, 2] = 3.0
    density = GaussianMixture.around(Pose2(0.0, 0.0, 0.0), wide).density
    zero = np.zeros(1)
    assert density(zero, zero, zero + 3.0) == density(zero, zero, zero)
    flat = multivariate_normal((0.0, 0.0), wide[:2, :2]).pdf((0.0, 0.0)) / (2.0 * math.pi)
    assert density(zero, zero, zero) == pytest.approx(flat)


def test_weights_add_up():
    modes = (PoseMode(Pose2(0.0, 0.0, 0.0), COVARIANCE, 0.25),
             PoseMode(Pose2(9.0, 0.0, 0.0), COVARIANCE, 0.75))
    zero = np.zeros(1)
    ratio = (GaussianMixture(modes).density(zero + 9.0, zero, zero)
             / GaussianMixture(modes).density(zero, zero, zero))
    assert ratio == pytest.approx(3.0)
