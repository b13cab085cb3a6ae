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

"""The mean of an interpolated likelihood is that of points spread evenly over it."""

import math

import numpy as np
import pytest

from xview_loc.filtering.interpolated_mean import interpolated_log_mean
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood


def sampled(values, count=400_000):
    """Return the same mean by points drawn evenly between the outermost cells."""
    geometry = PatchGeometry(0.0, 0.0, 1.0, *values.shape[1:])
    likelihood = PoseLikelihood(
        values.astype(np.float32), geometry, 0.01 * np.arange(len(values)), 0.0)
    generator = np.random.default_rng(0)
    row, column = (generator.uniform(0.5, size - 0.5, count) for size in values.shape[1:])
    x, y = geometry.map_from_pixel(row, column)
    drawn = likelihood.at(x, y, generator.uniform(0.0, 0.01 * (len(values) - 1), count))
    drawn = drawn[np.isfinite(drawn)].astype(np.float64)
    return drawn.max() + math.log(np.exp(drawn - drawn.max()).mean())


@pytest.mark.parametrize(('spread', 'bound'), [(0.2, 0.01), (1.0, 0.02), (3.0, 0.08)])
def test_rough_volumes(spread, bound):
    values = spread * np.random.default_rng(1).standard_normal((6, 12, 14))
    assert interpolated_log_mean(values) == pytest.approx(sampled(values), abs=bound)


@pytest.mark.parametrize('sharpness', [0.3, 1.0, 4.0])
def test_peaks_narrower_than_a_cell(sharpness):
    k, i, j = np.meshgrid(np.arange(9) - 4.2, np.arange(11) - 5.4, np.arange(13) - 6.3,
                          indexing='ij')
    values = -sharpness * (k * k + i * i + j * j)
    found = interpolated_log_mean(values)
    assert found == pytest.approx(sampled(values, 2_000_000), abs=0.1)
    if sharpness == 4.0:
        # the mean over cells is several times as large
        assert found < math.log(np.exp(values).mean()) - 0.5


def test_a_flat_volume_has_its_own_value_whatever_is_missing():
    values = np.full((3, 6, 7), 5.0)
    values[:, 2:4, 3] = np.nan
    assert interpolated_log_mean(values) == pytest.approx(5.0, abs=1e-5)
    assert interpolated_log_mean(values[:1]) == pytest.approx(5.0, abs=1e-5)
    assert interpolated_log_mean(values, full_circle=True) == pytest.approx(5.0, abs=1e-5)


def test_a_single_slice_and_a_closed_circle():
    plane = np.random.default_rng(2).standard_normal((1, 9, 9))
    assert interpolated_log_mean(plane) == pytest.approx(
        interpolated_log_mean(np.repeat(plane, 3, axis=0)), abs=1e-3)
    turning = np.random.default_rng(3).standard_normal((4, 5, 5))
    closed = np.concatenate([turning, turning[:1]])
    assert interpolated_log_mean(turning, True) == pytest.approx(
        interpolated_log_mean(closed), abs=1e-6)


def test_cells_without_known_neighbours_are_averaged_themselves():
    values = np.full((2, 3, 3), np.nan)
    values[0, 0, 0], values[1, 2, 2] = 1.0, 3.0
    assert interpolated_log_mean(values) == pytest.approx(math.log(
        0.5 * (math.exp(1.0) + math.exp(3.0))), abs=1e-6)
