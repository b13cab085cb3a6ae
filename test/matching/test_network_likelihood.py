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

"""Normalisation and confidence of what networks say."""

import math

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.network_likelihood import network_likelihood

GEOMETRY = PatchGeometry(3.0, 4.0, 0.5, 40, 50)
YAWS = np.radians(22.5) * np.arange(-8, 8)


def likelihood(volume, yaws=YAWS):
    return network_likelihood(volume, GEOMETRY, yaws, 7.0, 0.3, 'net')


def test_cells_sum_to_one_whatever_the_constant() -> None:
    volume = np.random.default_rng(0).normal(900.0, 3.0, (16, 40, 50)).astype(np.float32)
    volume[3, :, 10:20] = np.nan
    result = likelihood(volume)
    assert np.nansum(np.exp(result.log_likelihood.astype(float))) == pytest.approx(1.0, rel=1e-3)
    np.testing.assert_array_equal(np.isnan(result.log_likelihood), np.isnan(volume))
    assert (result.stamp, result.score, result.source) == (7.0, 0.3, 'net')


def test_confidence_counts_what_is_near_in_place_and_heading() -> None:
    volume = np.full((16, 40, 50), -np.float32(60.0))
    volume[5, 20, 25] = 0.0
    for place, near in (((5, 22, 28), True), ((6, 20, 25), True), ((7, 20, 25), False),
                        ((5, 20, 33), False)):
        other = volume.copy()
        other[place] = math.log(0.25)
        assert likelihood(other).confidence == pytest.approx(1.0 if near else 0.8, abs=1e-3)
    single = likelihood(volume[5:6], YAWS[5:6])
    assert single.confidence == pytest.approx(1.0, abs=1e-3)
    flat = likelihood(np.zeros((16, 40, 50), np.float32))
    assert flat.confidence < 0.02


def test_nothing_known_has_neither_score_nor_confidence() -> None:
    result = likelihood(np.full((16, 40, 50), np.nan, np.float32))
    assert np.isnan(result.log_likelihood).all()
    assert math.isnan(result.score) and result.confidence == 0.0
