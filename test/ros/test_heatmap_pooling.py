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

"""Averaging keeps the mean likelihood and the places and yaws that it stands for."""

import numpy as np
import pytest

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.ros.heatmap_pooling import pooled_cells, pooled_yaws


def volume(*shape: int) -> np.ndarray:
    """Return log-likelihoods far below zero, where their exponentials vanish."""
    return np.random.default_rng(0).uniform(-2005.0, -2000.0, shape).astype(np.float32)


@pytest.mark.parametrize('rotation', [0.0, 0.4])
def test_cells_stay_in_place(rotation):
    fine = PatchGeometry(12.0, -7.0, 0.25, 6, 8, rotation)
    _, coarse = pooled_cells(volume(1, 6, 8), fine)
    assert (coarse.shape, coarse.metres_per_pixel, coarse.rotation) == ((3, 4), 0.5, rotation)
    middles = [np.asarray(axis).reshape(3, 2, 4, 2).mean(axis=(1, 3))
               for axis in fine.cell_centres()]
    np.testing.assert_allclose(coarse.cell_centres(), middles, atol=1e-9)


def test_a_large_cell_has_the_mean_likelihood_of_its_known_cells():
    fine = volume(2, 4, 4)
    fine[0, 0, 0] = fine[1, :2, :2] = np.nan
    coarse, _ = pooled_cells(fine, PatchGeometry(0.0, 0.0, 0.5, 4, 4))
    known = np.array([fine[0, 0, 1], fine[0, 1, 0], fine[0, 1, 1]], np.float64)
    expected = np.log(np.exp(known + 2000.0).mean()) - 2000.0
    assert coarse[0, 0, 0] == pytest.approx(expected, abs=1e-3)
    assert np.isnan(coarse[1, 0, 0]) and np.isfinite(coarse).sum() == 7


def test_odd_last_cells_are_averaged_alone():
    fine = volume(1, 5, 3)
    coarse, geometry = pooled_cells(fine, PatchGeometry(1.0, 2.0, 0.25, 5, 3))
    assert coarse.shape == (1, *geometry.shape) == (1, 3, 2)
    assert coarse[0, 2, 1] == pytest.approx(fine[0, 4, 2], abs=1e-3)
    corner = geometry.map_from_pixel(0.0, 0.0)
    assert corner == pytest.approx(PatchGeometry(1.0, 2.0, 0.25, 5, 3).map_from_pixel(0.0, 0.0))


def test_pairs_of_yaws_are_averaged_and_an_odd_last_one_alone():
    fine = volume(3, 2, 2)
    coarse, yaws = pooled_yaws(fine, np.array([0.1, 0.3, 0.5]))
    assert yaws == pytest.approx([0.2, 0.6])
    pair = fine[:2].astype(np.float64)
    expected = np.log(np.exp(pair + 2000.0).mean(axis=0)) - 2000.0
    np.testing.assert_allclose(coarse[0], expected, atol=1e-3)
    np.testing.assert_allclose(coarse[1], fine[2], atol=1e-3)
