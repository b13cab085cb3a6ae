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

"""Adaptive particle counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from xview_loc.filtering.filter_config import ParticleCount
from xview_loc.filtering.kld_sampling import kld_count, occupied_bins

WIDE = ParticleCount(minimum=50, maximum=1_000_000)


@pytest.mark.parametrize('bins', [3, 10, 100, 1000])
def test_the_count_follows_the_chi_square_quantile(bins):
    exact = chi2.ppf(0.9901, bins - 1) / (2.0 * WIDE.kld_error)
    assert kld_count(bins, WIDE) == pytest.approx(exact, rel=0.015)


def test_the_count_stays_within_its_limits():
    config = ParticleCount(minimum=300, maximum=2000)
    assert kld_count(1, config) == 300
    assert kld_count(2, config) == 300
    assert kld_count(100_000, config) == 2000


def test_bins_are_counted_once_over_position_and_yaw():
    x = np.array([0.0, 0.1, 10.0, 10.0])
    y = np.array([0.0, 0.1, 0.0, 0.0])
    yaw = np.radians([1.0, 2.0, 1.0, 91.0])
    assert occupied_bins(x, y, yaw, ParticleCount()) == 3


def test_a_cloud_over_kilometres_is_counted_without_a_huge_table():
    generator = np.random.default_rng(0)
    x, y = generator.uniform(-1e6, 1e6, (2, 500))
    assert occupied_bins(x, y, np.zeros(500), ParticleCount()) == 500
