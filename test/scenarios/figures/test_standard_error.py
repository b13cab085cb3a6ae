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

"""The bootstrap over drives."""

from __future__ import annotations

import numpy as np
import pytest

from xview_loc.scenarios.figures.standard_error import standard_error


def test_the_error_of_a_mean_is_that_of_its_independent_clusters():
    generator = np.random.default_rng(0)
    levels = generator.normal(0.0, 2.0, 400)
    drives = [np.full(30, level) for level in levels]
    assert standard_error(drives, range(400), np.mean) == pytest.approx(0.1, rel=0.25)
    twice = standard_error(drives + drives, [*range(400)] * 2, np.mean)
    assert twice == pytest.approx(0.1, rel=0.25)


def test_samples_without_a_number_are_left_out():
    drives = [np.array([1.0, np.nan]), np.array([np.nan]), np.array([3.0])]
    assert standard_error(drives, range(3), np.mean) == pytest.approx(0.7, rel=0.2)


def test_one_cluster_has_no_error():
    assert standard_error([np.ones(3), np.zeros(3)], [5, 5], np.mean) is None
    assert standard_error([], [], np.mean) is None
