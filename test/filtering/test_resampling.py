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

"""Resampling against filterpy and against what the theory promises."""

from __future__ import annotations

import filterpy.monte_carlo.resampling as filterpy_resampling
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from xview_loc.filtering.resampling import (
    effective_sample_size, normalised_weights, systematic_resample)


class OneNumber:
    """A generator that always draws the same number."""

    def __init__(self, value):
        self.value = value

    def random(self):
        return self.value


@pytest.mark.parametrize('offset', [0.0, 0.3, 0.999])
@pytest.mark.parametrize('seed', range(5))
def test_indices_equal_those_of_filterpy(monkeypatch, offset, seed):
    weights = np.random.default_rng(seed).dirichlet(np.full(257, 0.3))
    monkeypatch.setattr(filterpy_resampling, 'random', lambda: offset)
    expected = filterpy_resampling.systematic_resample(weights)
    np.testing.assert_array_equal(
        systematic_resample(weights, 257, OneNumber(offset)), expected)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50), st.integers(1, 200),
       st.floats(0.0, 1.0, exclude_max=True))
def test_each_particle_gets_its_share_rounded_down_or_up(raw, count, offset):
    raw = np.array(raw) + 1e-12
    weights = raw / raw.sum()
    chosen = systematic_resample(weights, count, OneNumber(offset))
    assert len(chosen) == count
    assert np.all(np.diff(chosen) >= 0)
    copies = np.bincount(chosen, minlength=len(weights))
    assert np.all(np.abs(copies - count * weights) < 1.0 + 1e-6)


def test_copies_are_unbiased():
    generator = np.random.default_rng(0)
    weights = np.array([0.5, 0.26, 0.14, 0.1])
    copies = sum(np.bincount(systematic_resample(weights, 7, generator), minlength=4)
                 for _ in range(20_000)) / 20_000
    np.testing.assert_allclose(copies, 7 * weights, atol=0.02)


def test_a_particle_without_weight_is_never_drawn():
    chosen = systematic_resample(np.array([0.0, 1.0, 0.0]), 5, OneNumber(0.0))
    assert set(chosen) == {1}


def test_single_precision_weights_do_not_run_over_the_end():
    generator = np.random.default_rng(1)
    for _ in range(50):
        weights = generator.random(10_000).astype(np.float32)
        chosen = systematic_resample(weights / weights.sum(), 10_000, generator)
        assert chosen.max() < 10_000


@pytest.mark.parametrize(('weights', 'expected'), [
    ([1.0], 1.0), ([0.25] * 4, 4.0), ([1.0, 0.0, 0.0], 1.0), ([0.5, 0.5, 0.0], 2.0)])
def test_effective_sample_size_counts_equal_weights(weights, expected):
    assert effective_sample_size(np.array(weights)) == pytest.approx(expected)


def test_log_weights_survive_underflow_and_total_loss():
    np.testing.assert_allclose(
        normalised_weights(np.array([-1e5, -1e5 + np.log(3.0)])), [0.25, 0.75])
    np.testing.assert_allclose(normalised_weights(np.full(4, -np.inf)), 0.25)
