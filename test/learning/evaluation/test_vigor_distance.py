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

"""VIGOR's distances against its golden row."""

import numpy as np
import pytest

from xview_loc.learning.evaluation.vigor_distance import (
    accuracy_curve, great_circle_m, RADIUS_M)

PANORAMA = np.array([41.854423, -87.682638])
TILE = np.array([41.8543505796211, -87.68282621216503])


def test_golden_distance_from_the_middle_of_the_tile() -> None:
    assert great_circle_m(PANORAMA, TILE) == pytest.approx(17.545, abs=6e-4)


def test_golden_distance_after_the_offset() -> None:
    # label -71, -141 of 320 px; degrees of 320 px as in the specification
    moved = TILE + np.array([71 * 0.0003280724526, 141 * 0.0004404586715]) / 320
    # the golden 0.484 comes from the arc cosine, whose square is a multiple of 2.2e-16
    first, second = np.radians(PANORAMA), np.radians(moved)
    published = RADIUS_M * np.arccos(
        np.sin(first[0]) * np.sin(second[0])
        + np.cos(first[0]) * np.cos(second[0]) * np.cos(first[1] - second[1]))
    assert published == pytest.approx(0.484, abs=1e-3)
    north, east = RADIUS_M * (first - second) * [1.0, np.cos(first[0])]
    assert great_circle_m(PANORAMA, moved) == pytest.approx(np.hypot(north, east), abs=1e-6)


def test_equals_the_spherical_law_of_cosines_far_away() -> None:
    first, second = np.radians([[48.1, 11.6], [40.7, -74.0]])
    angle = np.arccos(np.sin(first[0]) * np.sin(second[0])
                      + np.cos(first[0]) * np.cos(second[0]) * np.cos(first[1] - second[1]))
    assert great_circle_m(np.degrees(first), np.degrees(second)) == pytest.approx(
        RADIUS_M * angle, rel=1e-9)


def test_curve_counts_errors_up_to_each_threshold() -> None:
    curve = accuracy_curve(np.array([0.5, 1.0, 1000.0]))
    assert curve[0] == (1.0, pytest.approx(2 / 3))
    assert [share for _, share in curve] == sorted(share for _, share in curve)
