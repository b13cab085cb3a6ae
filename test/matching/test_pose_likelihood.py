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

"""Interpolation in the likelihood volume."""

import math

import numpy as np
import pytest

from xview_loc.errors import MatchingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood

GEOMETRY = PatchGeometry(10.0, 5.0, 0.5, 4, 6)
RING = np.linspace(-math.pi, math.pi, 12, endpoint=False)


def linear_volume(yaws, function):
    """Fill a volume from a function of x, y, yaw."""
    x, y = GEOMETRY.cell_centres()
    values = np.stack([function(x, y, yaw) for yaw in yaws])
    return PoseLikelihood(values, GEOMETRY, yaws, stamp=0.0)


def test_linear_functions_are_reproduced_exactly():
    """Trilinear interpolation is exact for them, on a non-square grid."""
    volume = linear_volume(np.array([0.1, 0.2, 0.4]), lambda x, y, yaw: x + 2 * y - 3 * yaw)
    x, y, yaw = np.array([10.0, 9.3, 11.1]), np.array([5.0, 4.6, 5.5]), np.array([.15, .3, .4])
    np.testing.assert_allclose(volume.at(x, y, yaw), x + 2 * y - 3 * yaw, rtol=1e-5)


def test_yaw_wraps_around_a_full_circle():
    """Between the last slice and the first, and for any multiple of a turn."""
    volume = linear_volume(RING, lambda x, y, yaw: np.full_like(x, math.cos(yaw)))
    between = 0.5 * (RING[-1] + RING[0] + 2.0 * math.pi)
    expected = 0.5 * (math.cos(RING[-1]) + math.cos(RING[0]))
    for turns in (-2, 0, 3):
        value = volume.at([10.0], [5.0], [between + 2.0 * math.pi * turns])
        assert value[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize('x, y, yaw', [
    (8.0, 5.0, 0.2), (10.0, 7.0, 0.2), (10.0, 5.0, 0.5), (10.0, 5.0, 0.0),
    (math.nan, 5.0, 0.2), (10.0, math.inf, 0.2)])
def test_outside_is_unknown(x, y, yaw):
    """Positions beyond the outer cell centres and yaws beyond the slices give NaN."""
    volume = linear_volume(np.array([0.1, 0.4]), lambda x, y, yaw: x)
    assert np.isnan(volume.at([x], [y], [yaw])[0])


def test_unknown_cells_stay_unknown():
    """A NaN cell is never interpolated away."""
    values = np.zeros((1, 4, 6), np.float32)
    values[0, 1, 2] = np.nan
    volume = PoseLikelihood(values, GEOMETRY, np.zeros(1), stamp=0.0)
    x, y = GEOMETRY.map_from_pixel(1.8, 2.9)
    assert np.isnan(volume.at([float(x)], [float(y)], [0.0])[0])


def test_single_slice_ignores_the_yaw():
    """A known heading is not judged."""
    volume = linear_volume(np.zeros(1), lambda x, y, yaw: x)
    assert volume.at([10.0], [5.0], [2.5])[0] == pytest.approx(10.0)


def test_peak_is_the_best_cell():
    """Rows are south, columns are east."""
    values = np.zeros((2, 4, 6), np.float32)
    values[1, 3, 5] = 1.0
    peak = PoseLikelihood(values, GEOMETRY, np.array([0.0, 0.3]), stamp=0.0).peak()
    assert (peak.x, peak.y, peak.yaw) == pytest.approx((11.25, 4.25, 0.3))


def test_all_nan_has_no_peak():
    """Nothing visible is said, not guessed."""
    values = np.full((1, 4, 6), np.nan, np.float32)
    with pytest.raises(MatchingError, match='NaN everywhere'):
        PoseLikelihood(values, GEOMETRY, np.zeros(1), stamp=0.0).peak()


@pytest.mark.parametrize('shape, yaws', [
    ((1, 6, 4), [0.0]), ((2, 4, 6), [0.0]), ((2, 4, 6), [0.1, 0.1]), ((2, 4, 6), [0.0, 6.3])])
def test_wrong_shapes_and_yaws_are_refused(shape, yaws):
    """The record checks itself."""
    with pytest.raises(MatchingError):
        PoseLikelihood(np.zeros(shape, np.float32), GEOMETRY, np.array(yaws), stamp=0.0)


def test_the_record_cannot_be_changed():
    """What travels is read-only."""
    volume = linear_volume(np.zeros(1), lambda x, y, yaw: x)
    with pytest.raises(ValueError):
        volume.log_likelihood[0, 0, 0] = 1.0
