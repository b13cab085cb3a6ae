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

"""The figures of merit against independent formulas."""

import math

import numpy as np
import pytest
from scipy import stats

from xview_loc.report import metrics
from xview_loc.report.track import Track


def random_covariances(random, count):
    """Return well-conditioned random covariances."""
    roots = random.normal(0.0, 1.0, (count, 3, 3)) + 2.0 * np.eye(3)
    return roots @ roots.transpose(0, 2, 1)


def test_position_error_is_the_planar_distance():
    errors = metrics.position_errors(np.array([[3.0, 4.0, 9.0]]), np.array([[0.0, 0.0, 0.0]]))
    assert errors == pytest.approx([5.0])


def test_heading_error_is_small_across_the_branch_cut():
    estimate = np.array([[0.0, 0.0, math.pi - 0.01]])
    truth = np.array([[0.0, 0.0, -math.pi + 0.01]])
    assert metrics.heading_errors_deg(estimate, truth) == pytest.approx([math.degrees(0.02)])


def test_heading_error_without_heading_is_unknown():
    assert np.isnan(metrics.heading_errors_deg(np.array([[0.0, 0.0, np.nan]]), np.zeros((1, 3))))


def test_nees_equals_the_explicit_inverse():
    random = np.random.default_rng(3)
    differences, covariances = random.normal(0.0, 1.0, (50, 3)), random_covariances(random, 50)
    expected = [e @ np.linalg.inv(p) @ e for e, p in zip(differences, covariances)]
    assert metrics.normalised_squared_errors(differences, covariances) == pytest.approx(expected)


def test_nees_of_consistent_errors_follows_chi_square():
    random = np.random.default_rng(4)
    covariances = random_covariances(random, 4000)
    roots = np.linalg.cholesky(covariances)
    differences = np.einsum('nij,nj->ni', roots, random.normal(0.0, 1.0, (4000, 3)))
    squared = metrics.normalised_squared_errors(differences, covariances)
    assert stats.kstest(squared, stats.chi2(3).cdf).pvalue > 0.01
    assert metrics.anees(differences, covariances) == pytest.approx(1.0, abs=0.05)


def test_anees_of_covariances_a_hundred_times_too_small_is_a_hundred():
    differences = np.ones((10, 3))
    covariances = np.tile(np.eye(3), (10, 1, 1))
    assert metrics.anees(differences, covariances) == pytest.approx(1.0)
    assert metrics.anees(differences, 0.01 * covariances) == pytest.approx(100.0)


def test_singular_and_unknown_covariances_do_not_count():
    differences = np.ones((3, 3))
    covariances = np.stack([np.eye(3), np.zeros((3, 3)), np.full((3, 3), np.nan)])
    squared = metrics.normalised_squared_errors(differences, covariances)
    assert squared[0] == pytest.approx(3.0)
    assert np.isnan(squared[1:]).all()


def test_ellipse_coverage_equals_the_chi_square_quantile():
    random = np.random.default_rng(5)
    covariances = random_covariances(random, 3000)
    roots = np.linalg.cholesky(covariances[:, :2, :2])
    differences = np.zeros((3000, 3))
    differences[:, :2] = np.einsum('nij,nj->ni', roots, random.normal(0.0, 1.0, (3000, 2)))
    squared = np.einsum('ni,nij,nj->n', differences[:, :2],
                        np.linalg.inv(covariances[:, :2, :2]), differences[:, :2])
    for probability in (0.5, 0.95):
        expected = np.mean(squared <= stats.chi2(2).ppf(probability))
        assert metrics.ellipse_coverage(differences, covariances, probability) == expected
        assert expected == pytest.approx(probability, abs=0.03)


def test_two_sigma_is_that_of_the_worst_direction():
    random = np.random.default_rng(6)
    covariances = random_covariances(random, 20)
    expected = [2.0 * math.sqrt(np.linalg.eigvalsh(p[:2, :2])[-1]) for p in covariances]
    assert metrics.position_two_sigma(covariances) == pytest.approx(expected)


def test_odometry_is_aligned_where_both_begin_to_be_known():
    stamps = np.arange(5.0)
    truth = Track(stamps[1:], [[10.0, 5.0, math.pi / 2], [10.0, 6.0, math.pi / 2],
                               [10.0, 7.0, math.pi / 2], [10.0, 8.0, math.pi / 2]])
    odometry = Track(stamps, [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0],
                              [3.0, 0.5, 0.0], [4.0, 0.5, 0.0]])
    aligned = metrics.aligned_at_start(odometry, truth)
    assert aligned.stamps == pytest.approx([1.0, 2.0, 3.0, 4.0])
    assert aligned.poses[0] == pytest.approx([10.0, 5.0, math.pi / 2])
    assert aligned.poses[-1] == pytest.approx([9.5, 8.0, math.pi / 2])


def test_odometry_that_never_meets_the_truth_gives_nothing():
    far = Track(np.array([100.0, 101.0]), np.zeros((2, 3)))
    near = Track(np.array([0.0, 1.0]), np.zeros((2, 3)))
    assert len(metrics.aligned_at_start(far, near)) == 0


def test_state_lasts_until_the_next_report():
    stamps, states = np.array([0.0, 2.0, 5.0]), ['lost', 'converged', 'lost']
    assert metrics.seconds_in_state(stamps, states, 'lost', 9.0) == pytest.approx(6.0)
    assert metrics.seconds_in_state(stamps, states, 'converged', 9.0) == pytest.approx(3.0)
    assert metrics.seconds_in_state(np.empty(0), [], 'lost', 9.0) == 0.0


def test_rate_counts_intervals_not_events():
    assert metrics.rate_hz(np.arange(11) * 0.1) == pytest.approx(10.0)
    assert metrics.rate_hz(np.array([4.0])) == 0.0
    assert metrics.rate_hz(np.array([4.0, 4.0])) == 0.0


def test_statistics_ignore_what_is_unknown():
    values = np.array([1.0, np.nan, 3.0, np.inf, 8.0])
    assert metrics.median(values) == 3.0
    assert metrics.mean(values) == 4.0
    assert metrics.percentile(values, 100.0) == 8.0
    assert math.isnan(metrics.median([])) and math.isnan(metrics.mean([np.nan]))
