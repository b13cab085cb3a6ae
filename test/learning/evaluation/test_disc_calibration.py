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

"""Probabilities of tiles in a disc: worked by hand, and drawn so that they are true."""

import numpy as np
import pytest

from xview_loc.learning.evaluation.disc_calibration import disc_calibration
from xview_loc.learning.evaluation.prior_disc import noisy_fixes
from xview_loc.learning.evaluation.retrieval_protocol import (
    evaluate_retrieval, PROTOCOLS, RetrievalSet)


def rows(matrix: np.ndarray):
    return lambda start, stop: np.asarray(matrix)[start:stop]


def test_two_discs_worked_by_hand() -> None:
    # cosines 1 and 0 at temperature ln 3: probabilities 3/4 and 1/4
    distances = np.array([[0.0, 2.0, 0.0], [0.0, 2.0, 0.0]])
    discs = [np.array([0, 1]), np.array([0, 1])]
    figures = disc_calibration(rows(distances), discs, [np.array([0]), np.array([1])], np.log(3))
    # confidence 0.75 and half right
    assert figures['ece'] == pytest.approx(0.25, abs=1e-6)
    assert figures['auroc'] == pytest.approx(0.5)
    assert (figures['coverage50'], figures['coverage95']) == (0.5, 1.0)


def test_a_disc_without_a_right_tile_is_not_covered_and_an_empty_one_left_out() -> None:
    distances = np.zeros((3, 4))
    figures = disc_calibration(rows(distances), [np.array([1]), np.array([], int), np.array([0])],
                               np.zeros(3, int), 1.0)
    assert figures['coverage95'] == 0.5
    assert disc_calibration(rows(distances), [np.array([], int)], np.zeros(1, int), 1.0) == {}


def test_tiles_drawn_by_their_probabilities_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    cosines = rng.uniform(-1, 1, (4000, 8))
    masses = np.exp(3.0 * cosines)
    masses /= masses.sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(8, p=row) for row in masses])
    figures = disc_calibration(
        rows(2.0 - 2.0 * cosines), [np.arange(8)] * 4000, truth, 3.0)
    assert figures['ece'] < 0.03
    hot = disc_calibration(rows(2.0 - 2.0 * cosines), [np.arange(8)] * 4000, truth, 20.0)
    assert hot['ece'] > 0.3
    assert hot['coverage95'] < figures['coverage95'] <= 1.0


def test_protocols_with_discs_tell_calibration_around_the_noisy_prior() -> None:
    tiles = np.stack([10.0 * np.arange(60), np.zeros(60)], axis=1)
    values = np.random.default_rng(1).normal(size=(60, 24))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    data = RetrievalSet(values, values, np.arange(60), tiles, tiles, temperature=20.0)
    figures = evaluate_retrieval(PROTOCOLS['robotcar'], data)
    outside = np.hypot(*(noisy_fixes(tiles, 20.0) - tiles).T) > 50.0
    assert figures['noisy_coverage95'] == pytest.approx(1.0 - outside.mean(), abs=1e-9)
    assert figures['noisy_ece'] < 0.2
    without = RetrievalSet(values, values, np.arange(60), tiles, tiles)
    assert 'noisy_ece' not in evaluate_retrieval(PROTOCOLS['robotcar'], without)
