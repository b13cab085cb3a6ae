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

"""Curves on the ground."""

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.simulation.polyline import filleted, Polyline

CORNER = Polyline([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]])


def test_arc_length_leads_around_the_corner():
    assert CORNER.length == 7.0
    assert CORNER.at([0.0, 2.0, 5.0]).tolist() == [[0.0, 0.0], [2.0, 0.0], [3.0, 2.0]]


def test_points_beyond_the_ends_are_clamped():
    assert CORNER.at([-1.0, 9.0]).tolist() == [[0.0, 0.0], [3.0, 4.0]]


def test_the_direction_is_continuous_across_the_half_turn():
    angles = np.radians(np.arange(150.0, 215.0, 1.0))
    arc = Polyline(20.0 * np.column_stack([np.cos(angles), np.sin(angles)]))
    yaws = arc.yaw_at(np.linspace(0.0, arc.length, 200))
    assert np.abs(np.diff(yaws)).max() < 0.02
    assert yaws[-1] - yaws[0] == pytest.approx(np.radians(63.0), abs=0.02)


def test_an_offset_lies_to_the_left_and_keeps_its_distance():
    angles = np.linspace(0.0, 1.5, 200)
    arc = Polyline(30.0 * np.column_stack([np.cos(angles), np.sin(angles)]))
    radii = np.hypot(*arc.offset(4.0).points.T)
    assert radii == pytest.approx(26.0, abs=0.01)


def test_an_offset_wider_than_the_bend_is_refused():
    angles = np.linspace(0.0, 3.0, 200)
    bend = Polyline(5.0 * np.column_stack([np.cos(angles), np.sin(angles)]))
    assert bend.offset(4.0).length == pytest.approx(3.0, abs=0.1)
    with pytest.raises(ConfigurationError, match='tighter bend'):
        bend.offset(6.0)


def test_distance_is_to_the_nearest_piece_or_end():
    points = [[1.0, 2.0], [5.0, 1.0], [-3.0, -4.0]]
    assert CORNER.distance_to(points) == pytest.approx([2.0, 2.0, 5.0])


def test_a_fillet_has_the_radius_asked_for_and_touches_both_pieces():
    curve = filleted([[0.0, 0.0], [30.0, 0.0], [30.0, 30.0]], 9.0)
    middle = curve.points[1:-1]
    assert np.hypot(*(middle - (21.0, 9.0)).T) == pytest.approx(9.0, abs=1e-9)
    assert curve.length == pytest.approx(60.0 - 18.0 + 0.5 * np.pi * 9.0, abs=0.02)


def test_a_fillet_shrinks_where_the_pieces_are_short():
    curve = filleted([[0.0, 0.0], [4.0, 0.0], [4.0, 30.0]], 9.0)
    assert curve.points[:, 0].min() >= 0.0
    assert np.all(np.diff(curve.stations) > 0.0)


def test_smoothing_keeps_ends_and_straight_lines():
    smooth = Polyline([[0.0, 0.0], [10.0, 5.0]]).smoothed(1.0)
    assert smooth.points[[0, -1]] == pytest.approx(np.array([[0.0, 0.0], [10.0, 5.0]]))
    assert smooth.distance_to([[4.0, 2.0]]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize('points', [[[0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_a_curve_without_length_is_refused(points):
    with pytest.raises(ConfigurationError, match='two vertices'):
        Polyline(points)
