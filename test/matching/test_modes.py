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

"""Modes of a likelihood."""

import math

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.angles import wrap_angle
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.modes import find_modes, posterior
from xview_loc.matching.pose_likelihood import PoseLikelihood

GEOMETRY = PatchGeometry(0.0, 0.0, 0.5, 61, 41)
YAWS = np.radians(np.arange(-180.0, 180.0, 3.0))


def volume(peaks, sigma_m=0.8, sigma_yaw=math.radians(4.0)):
    """Sum Gaussian peaks of (x, y, yaw, weight)."""
    x, y = GEOMETRY.cell_centres()
    total = np.zeros((len(YAWS), *GEOMETRY.shape))
    for px, py, yaw, weight in peaks:
        plane = np.exp(-0.5 * ((x - px) ** 2 + (y - py) ** 2) / sigma_m ** 2)
        slices = np.exp(-0.5 * (wrap_angle(YAWS - yaw) / sigma_yaw) ** 2)
        total += weight * slices[:, None, None] * plane
    return PoseLikelihood(np.log(total + 1e-30), GEOMETRY, YAWS, stamp=0.0)


def test_one_peak_is_one_mode_with_its_covariance():
    """Moments equal those of the Gaussian, plus the width of a cell."""
    modes = find_modes(volume([(2.2, -3.1, 0.5, 1.0)]))
    assert len(modes) == 1
    assert modes[0].weight == pytest.approx(1.0, abs=0.02)
    assert modes[0].pose.as_array() == pytest.approx([2.2, -3.1, 0.5], abs=0.02)
    assert np.sqrt(modes[0].covariance[0, 0]) == pytest.approx(
        math.sqrt(0.64 + 0.25 / 12), rel=0.02)


def test_opposite_headings_are_two_modes_in_order_of_weight():
    """The 180-degree twin of a straight road is kept."""
    modes = find_modes(volume([(0.0, 1.0, 1.0, 0.3), (0.5, 1.0, 1.0 - math.pi, 0.7)]))
    assert [mode.weight for mode in modes[:2]] == pytest.approx([0.7, 0.3], abs=0.02)
    assert modes[0].pose.yaw == pytest.approx(1.0 - math.pi, abs=0.02)


def test_two_places_with_one_heading_are_two_modes():
    """The mean of two roads is on neither."""
    modes = find_modes(volume([(0.0, 10.0, 0.0, 0.6), (0.0, -10.0, 0.0, 0.4)]))
    assert [round(mode.pose.y) for mode in modes[:2]] == [10, -10]


def test_a_peak_at_the_seam_of_the_circle_is_one_mode():
    """Yaw -180 and 180 are neighbours."""
    modes = find_modes(volume([(0.0, 0.0, math.pi, 1.0)]))
    assert len(modes) == 1
    assert abs(wrap_angle(modes[0].pose.yaw - math.pi)) < 0.02


def test_posterior_sums_to_one_and_ignores_unknown_cells():
    """Unknown cells have no mass."""
    values = np.zeros((1, 61, 41), np.float32)
    values[0, :30] = np.nan
    mass = posterior(PoseLikelihood(values, GEOMETRY, np.zeros(1), stamp=0.0))
    assert mass.sum() == pytest.approx(1.0)
    assert mass[0, :30].sum() == 0.0


def test_nothing_visible_is_an_error():
    """There is no mode to report."""
    values = np.full((1, 61, 41), np.nan, np.float32)
    with pytest.raises(MatchingError, match='nothing was visible'):
        find_modes(PoseLikelihood(values, GEOMETRY, np.zeros(1), stamp=0.0))
