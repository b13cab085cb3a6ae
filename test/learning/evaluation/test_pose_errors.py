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

"""Errors along and across the way: worked by hand, by complex numbers and by simulation."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.pose_errors import (
    errors_without_quadrant, pose_errors, pose_figures)


def test_components_worked_by_hand() -> None:
    # heading north: an error to the east is to the right, one to the north is forwards
    errors = pose_errors([[2.0, 3.0, np.pi]], [[0.0, 0.0, np.pi / 2]])
    assert errors.longitudinal_m == pytest.approx([3.0], abs=1e-6)
    assert errors.lateral_m == pytest.approx([-2.0], abs=1e-6)
    assert errors.heading_deg == pytest.approx([90.0], abs=1e-6)
    assert errors.distance_m == pytest.approx([13.0 ** 0.5], abs=1e-6)


def test_components_equal_an_independent_formula() -> None:
    rng = np.random.default_rng(0)
    estimate, truth = rng.normal(size=(2, 200, 3)) * [10.0, 10.0, 3.0]
    errors = pose_errors(estimate, truth)
    turned = ((estimate - truth)[:, 0] + 1j * (estimate - truth)[:, 1]) * np.exp(-1j * truth[:, 2])
    assert errors.longitudinal_m == pytest.approx(turned.real, abs=1e-6)
    assert errors.lateral_m == pytest.approx(turned.imag, abs=1e-6)
    angles = np.degrees(np.angle(np.exp(1j * (estimate[:, 2] - truth[:, 2]))))
    assert errors.heading_deg == pytest.approx(np.abs(angles), abs=1e-6)


@pytest.mark.parametrize('spread_deg, published', [(10.0, 0.887), (180.0, 0.705)])
def test_the_published_rule_loses_the_quadrant(spread_deg: float, published: float) -> None:
    rng = np.random.default_rng(0)
    count = 100_000
    yaw = np.radians(rng.uniform(-spread_deg, spread_deg, count))
    ahead, left = rng.normal(0.0, 3.0, count), rng.normal(0.0, 0.5, count)
    truth = np.stack([np.zeros(count), np.zeros(count), yaw], axis=1)
    estimate = np.stack([ahead * np.cos(yaw) - left * np.sin(yaw),
                         ahead * np.sin(yaw) + left * np.cos(yaw)], axis=1)
    correct = pose_figures(pose_errors(estimate, truth))['lateral<1m']
    assert correct == pytest.approx(0.955, abs=2e-3)
    flawed = pose_figures(errors_without_quadrant(estimate, truth))['lateral<1m']
    assert flawed == pytest.approx(published, abs=2e-3)


def test_an_error_along_the_way_at_315_degrees_is_along_the_way() -> None:
    # heading 315 degrees clockwise from north is yaw 135 degrees
    truth = np.array([[0.0, 0.0, np.radians(135.0)]])
    estimate = np.array([[-2.0, 2.0]])
    correct, flawed = pose_errors(estimate, truth), errors_without_quadrant(estimate, truth)
    assert np.abs([correct.longitudinal_m[0], correct.lateral_m[0]]) == pytest.approx(
        [8.0 ** 0.5, 0.0], abs=1e-6)
    assert np.abs([flawed.longitudinal_m[0], flawed.lateral_m[0]]) == pytest.approx(
        [0.0, 8.0 ** 0.5], abs=1e-6)


def test_figures_of_perfect_flipped_and_centre_predictors() -> None:
    rng = np.random.default_rng(4)
    truth = rng.uniform(-1.0, 1.0, (4000, 3)) * [20.0, 20.0, 3.0]
    perfect = pose_figures(pose_errors(truth, truth))
    assert (perfect['mean_m'], perfect['median_deg'], perfect['lateral<1m']) == (0.0, 0.0, 1.0)
    flipped = pose_figures(pose_errors(truth * [-1.0, -1.0, 1.0], truth))
    assert flipped['mean_m'] == pytest.approx(2 * np.hypot(*truth[:, :2].T).mean(), abs=1e-6)
    turned = truth + [0.0, 0.0, np.pi]
    assert pose_figures(pose_errors(turned, truth))['median_deg'] == pytest.approx(180.0, abs=1e-6)
    centre = pose_figures(pose_errors(np.zeros((4000, 2)), truth))
    # the mean distance of a square of side 2 a from its middle is 0.765196 a
    assert centre['mean_m'] == pytest.approx(20 * 0.765196, rel=0.02)
    assert centre['lateral<1m'] == pytest.approx(0.05, abs=0.02)


def test_limits_are_strict_and_nan_is_beyond_them() -> None:
    truth = np.zeros((4, 3))
    estimate = [[1.0, 0.0, 0.0], [0.999, 0.0, 0.0], [np.nan, 0.0, np.nan], [0.0, 0.0, 0.0]]
    figures = pose_figures(pose_errors(estimate, truth))
    assert figures['longitudinal<1m'] == 0.5
    assert figures['median_m'] == pytest.approx(0.999)
    assert figures['heading<1deg'] == 0.75


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(LearningError, match=r'\(2, 2\)'):
        pose_errors(np.zeros((2, 2)), np.zeros((2, 2)))
