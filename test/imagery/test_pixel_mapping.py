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

"""Interpolated mappings against the exact ones."""

import numpy as np
import pytest

from xview_loc.imagery.pixel_mapping import fit_mapping, TOLERANCE_PX


def exact(function, shape):
    rows, columns = np.meshgrid(np.arange(shape[0]) + 0.5, np.arange(shape[1]) + 0.5,
                                indexing='ij')
    return function(rows, columns)


def worst_error(function, shape, origin=(0, 0)):
    mapping = fit_mapping(function, shape)
    approximate = mapping.dense(origin)
    return max(np.abs(a.astype(np.float64) + start - e).max()
               for a, e, start in zip(approximate, exact(function, shape), origin))


def affine(rows, columns):
    return 0.9 * rows - 0.2 * columns + 7.0e7, 0.3 * rows + 1.1 * columns + 3.0e7


def curved(rows, columns):
    return (rows + 2e-5 * rows ** 2 - 3e-5 * rows * columns,
            columns - 4e-5 * columns ** 2 + 1e-5 * rows ** 2)


def polar(rows, columns):
    return np.hypot(rows + 400.0, columns), 300.0 * np.arctan2(columns, rows + 400.0)


def test_an_affine_mapping_needs_no_control_points():
    assert fit_mapping(affine, (300, 200)).control is None


def test_far_from_the_origin_float32_still_holds_a_thousandth_of_a_pixel():
    assert worst_error(affine, (300, 200), (70000000, 30000000)) < 1e-3


@pytest.mark.parametrize('shape', [(512, 512), (100, 700), (700, 90)])
def test_constant_second_derivatives_are_met_within_the_stated_tolerance(shape):
    assert fit_mapping(curved, shape).control is not None
    assert worst_error(curved, shape) <= TOLERANCE_PX + 1e-3


def test_a_mapping_curved_like_no_map_projection_stays_within_a_tenth_of_a_pixel():
    assert worst_error(polar, (512, 384)) < 0.1


def test_a_target_outside_the_domain_has_no_mapping():
    assert fit_mapping(lambda rows, columns: (rows + np.inf, columns), (20, 20)) is None


def test_a_domain_that_ends_between_the_nine_points_has_no_mapping():
    def broken(rows, columns):
        return np.where(np.abs(rows - 25.0) < 1.0, np.nan, rows ** 2 * 0.01), columns
    assert fit_mapping(broken, (100, 80)) is None


def test_scaling_multiplies_all_source_coordinates():
    half = fit_mapping(curved, (200, 100)).scaled((0.5, 0.25))
    whole = fit_mapping(curved, (200, 100))
    for factor, small, large in zip((0.5, 0.25), half.dense((0, 0)), whole.dense((0, 0))):
        np.testing.assert_allclose(small, factor * large, atol=1e-4)


@pytest.mark.parametrize('function', [affine, curved])
def test_the_bounds_hold_every_pixel(function):
    low_row, high_row, low_column, high_column = fit_mapping(function, (120, 80)).bounds()
    rows, columns = exact(function, (120, 80))
    assert low_row <= rows.min() and rows.max() <= high_row
    assert low_column <= columns.min() and columns.max() <= high_column


def test_the_scale_counts_source_pixels_per_target_pixel_along_each_source_axis():
    mapping = fit_mapping(lambda rows, columns: (3.0 * columns, 0.5 * rows), (10, 10))
    assert mapping.scale == pytest.approx((3.0, 0.5))
