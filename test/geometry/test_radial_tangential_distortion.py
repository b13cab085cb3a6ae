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

"""Distortion is inverted exactly and knows where it stops making sense."""

import math

import numpy as np
import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.radial_tangential_distortion import RadialTangentialDistortion

LENSES = [
    (-0.3, 0.1, 0.001, -0.002, -0.01), (0.3, 0.2, 0.0, 0.0), (-0.3, 0.0, 0.0, 0.0),
    (-0.45, 0.25, -0.003, 0.004, -0.09),
    (3.1, 1.2, 0.0005, -0.0004, 0.04, 3.4, 2.1, 0.25)]


@pytest.mark.parametrize('coefficients', LENSES)
def test_undistorting_inverts_distorting_over_the_whole_range(coefficients):
    lens = RadialTangentialDistortion(coefficients)
    reach = 0.9999 * min(lens.max_radius, 3.0)
    angle = np.linspace(0.0, 2.0 * math.pi, 31)[:, None]
    radius = np.linspace(0.0, reach, 40)
    x, y = radius * np.cos(angle), radius * np.sin(angle)

    again = lens.undistort(*lens.distort(x, y))

    np.testing.assert_allclose(again, (x, y), atol=1e-6)


@pytest.mark.parametrize('coefficients', LENSES)
def test_the_image_radius_grows_up_to_the_stated_radius_and_not_beyond(coefficients):
    radial = list(coefficients)
    radial[2:4] = 0.0, 0.0
    lens = RadialTangentialDistortion(tuple(radial))
    radius = np.linspace(0.0, lens.max_radius * (1.0 - 1e-6), 2000)

    inside, _ = lens.distort(radius, np.zeros_like(radius))
    outside, _ = lens.distort(np.array([lens.max_radius * 1.001]), np.zeros(1))

    assert (np.diff(inside) > 0.0).all()
    assert np.isnan(outside).all()


@pytest.mark.parametrize('tangential', [(0.05, 0.0), (0.0, -0.05), (0.03, 0.04), (0.001, 0.0)])
@pytest.mark.parametrize('radial', [(0.0, 0.0), (-0.3, 0.1), (0.2, 0.0)])
def test_no_two_points_share_an_image_also_with_tangential_distortion(radial, tangential):
    lens = RadialTangentialDistortion((*radial, *tangential))
    angle = np.linspace(0.0, 2.0 * math.pi, 361)[:, None]
    radius = np.linspace(0.0, lens.max_radius, 400)[:-1]
    x, y = lens.distort(radius * np.cos(angle), radius * np.sin(angle))

    # The image of the polar grid keeps its orientation in every cell.
    along_x, along_y = np.diff(x, axis=1)[:-1], np.diff(y, axis=1)[:-1]
    around_x, around_y = np.diff(x, axis=0)[:, 1:], np.diff(y, axis=0)[:, 1:]
    assert (along_x * around_y - along_y * around_x > 0.0).all()


def test_a_pole_of_the_rational_factor_ends_the_range():
    lens = RadialTangentialDistortion((0.0, 0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0))

    assert lens.max_radius == pytest.approx(2.0)


def test_the_centre_stays_where_it_is():
    lens = RadialTangentialDistortion(LENSES[0])

    assert np.abs(lens.undistort(np.zeros(1), np.zeros(1))).max() == 0.0


def test_thin_prism_and_tilt_are_refused_rather_than_ignored():
    with pytest.raises(GeometryError, match='thin prism'):
        RadialTangentialDistortion((0.1,) * 8 + (0.01, 0.0, 0.0, 0.0))


def test_coefficients_that_are_not_finite_are_refused():
    with pytest.raises(GeometryError, match='finite'):
        RadialTangentialDistortion((0.1, math.nan, 0.0, 0.0))
