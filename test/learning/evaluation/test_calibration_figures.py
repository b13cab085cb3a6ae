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

"""Calibration against hand-worked values, brute force and distributions with known answers."""

import numpy as np
import pytest

from xview_loc.errors import LearningError
from xview_loc.learning.evaluation.calibration_figures import (
    auroc, calibration_figures, coverage, expected_calibration_error, mass_above, reliability)


def test_expected_calibration_error_worked_by_hand() -> None:
    confidence = np.array([0.95, 0.85, 0.15, 0.05])
    correct = np.array([True, False, True, False])
    # with two bins: |1.8 - 1| / 4 + |0.2 - 1| / 4
    assert expected_calibration_error(confidence, correct, 2) == pytest.approx(0.4, abs=1e-6)
    assert expected_calibration_error(np.ones(3), np.ones(3, bool)) == 0.0


def test_expected_calibration_error_equals_an_independent_loop() -> None:
    rng = np.random.default_rng(7)
    confidence, correct = rng.uniform(size=500), rng.uniform(size=500) < 0.4
    total = 0.0
    for number in range(15):
        members = (confidence >= number / 15) & (confidence < (number + 1) / 15)
        if members.any():
            total += members.sum() / 500 * abs(
                confidence[members].mean() - correct[members].mean())
    assert expected_calibration_error(confidence, correct) == pytest.approx(total, abs=1e-6)
    assert sum(row['count'] for row in reliability(confidence, correct)) == 500


def test_honest_confidence_has_a_small_error_and_false_confidence_a_large_one() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(size=20_000)
    correct = rng.uniform(size=20_000) < confidence
    assert expected_calibration_error(confidence, correct) < 0.02
    assert expected_calibration_error(np.full(20_000, 0.9), correct) == pytest.approx(
        0.4, abs=0.01)


def test_auroc_equals_the_count_of_all_pairs() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.integers(0, 10, 80) / 10.0
    correct = rng.uniform(size=80) < 0.5
    pairs = [(a > b) + 0.5 * (a == b) for a in confidence[correct] for b in confidence[~correct]]
    assert auroc(confidence, correct) == pytest.approx(np.mean(pairs), abs=1e-6)
    assert auroc(np.array([0.9, 0.8, 0.1]), np.array([True, True, False])) == 1.0
    assert auroc(np.array([0.9, 0.8]), np.array([True, True])) is None


def test_mass_above_worked_by_hand() -> None:
    probabilities = np.array([[0.1, 0.4, 0.3, 0.2]] * 4)
    levels = mass_above(probabilities, np.arange(4))
    assert levels == pytest.approx([0.9, 0.0, 0.4, 0.7], abs=1e-6)
    assert coverage(levels) == {'coverage50': 0.5, 'coverage95': 1.0}


def test_coverage_of_truths_drawn_from_the_distribution_is_the_mass() -> None:
    rng = np.random.default_rng(2)
    axis = np.arange(41) - 20.0
    bell = np.exp(-(axis[:, None] ** 2 + axis[None] ** 2) / 60.0)
    flat = (bell / bell.sum()).ravel()
    truth = rng.choice(flat.size, 4000, p=flat)
    levels = mass_above(np.broadcast_to(flat, (4000, flat.size)), truth)
    result = coverage(levels)
    assert result['coverage50'] == pytest.approx(0.5, abs=0.03)
    assert result['coverage95'] == pytest.approx(0.95, abs=0.01)


def test_a_uniform_distribution_is_not_counted_as_certain() -> None:
    levels = mass_above(np.full((100, 100), 0.01), np.arange(100))
    assert coverage(levels) == {'coverage50': pytest.approx(0.5, abs=0.02),
                                'coverage95': pytest.approx(0.95, abs=0.03)}


def test_all_figures_together() -> None:
    figures = calibration_figures(
        np.array([0.9, 0.2]), np.array([True, False]), np.array([0.1, 0.6]))
    assert figures == {'ece': pytest.approx(0.15), 'auroc': 1.0, 'coverage50': 0.5,
                       'coverage95': 1.0}


def test_confidence_beyond_one_is_refused() -> None:
    with pytest.raises(LearningError, match='0 to 1'):
        expected_calibration_error(np.array([1.2]), np.array([True]))
