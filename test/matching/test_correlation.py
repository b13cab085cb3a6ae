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

"""The Fourier correlation against the sum it stands for."""

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.matching.correlation import SatelliteSpectra, transform_size


def direct_score(ground, weight, satellite, row, column):
    """Return the masked normalised correlation at one offset, by its definition."""
    rows, columns = weight.shape
    piece = satellite[:, row:row + rows, column:column + columns]
    product = (weight * (ground * piece).sum(axis=0)).sum()
    own = (weight * (ground ** 2).sum(axis=0)).sum()
    theirs = (weight * (piece ** 2).sum(axis=0)).sum()
    return product / np.sqrt(own * theirs)


@pytest.fixture
def case():
    """Return random ground (3, 6, 4), weight and satellite (3, 12, 15)."""
    random = np.random.default_rng(1)
    ground = random.normal(size=(3, 6, 4)).astype(np.float32)
    weight = random.uniform(size=(6, 4)).astype(np.float32)
    return ground, weight, random.normal(size=(3, 12, 15)).astype(np.float32)


def test_every_offset_equals_the_direct_sum(case):
    """Offsets up to the radius are free of wrap-around."""
    ground, weight, satellite = case
    scores = SatelliteSpectra(satellite).score(ground, weight, 3)
    expected = [[direct_score(ground, weight, satellite, i, j) for j in range(7)]
                for i in range(7)]
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_true_offset_scores_one(case):
    """A piece of the satellite is found where it was cut, rows before columns."""
    _, weight, satellite = case
    ground = satellite[:, 1:7, 5:9]
    scores = SatelliteSpectra(satellite).score(ground, weight, 3)
    assert np.unravel_index(scores.argmax(), scores.shape) == (1, 5)
    assert scores.max() == pytest.approx(1.0, abs=1e-5)


def test_empty_ground_scores_zero(case):
    """No weight, no evidence, no division by zero."""
    ground, weight, satellite = case
    scores = SatelliteSpectra(satellite).score(ground, np.zeros_like(weight), 2)
    assert np.all(np.abs(scores) < 1e-3)


def test_too_large_a_radius_is_refused(case):
    """Wrap-around never enters a result."""
    ground, weight, satellite = case
    with pytest.raises(MatchingError, match='need 14 x 12 cells'):
        SatelliteSpectra(satellite).score(ground, weight, 4)


@pytest.mark.parametrize('extent', [2, 17, 97, 148, 208, 331])
def test_transform_size_is_smooth(extent):
    """Only the factors 2, 3 and 5, and never too small."""
    size = transform_size(extent)
    assert size >= extent
    for factor in (2, 3, 5):
        while size % factor == 0:
            size //= factor
    assert size == 1
