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

"""Right tiles by distance: the golden row of the five-metre rule."""

import numpy as np

from xview_loc.learning.data.near_matches import near_matches

TILES = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.1], [50.0, 0.0]])


def test_five_metres_are_within_five_metres() -> None:
    found = near_matches(np.zeros((1, 2)), TILES, 5.0, np.array([0]))
    np.testing.assert_array_equal(found, [[0, 1]])


def test_the_own_tile_comes_first_and_missing_ones_are_marked() -> None:
    found = near_matches(TILES, TILES, 5.0, np.arange(4))
    np.testing.assert_array_equal(found, [[0, 1, -1], [1, 0, 2], [2, 1, -1], [3, -1, -1]])


def test_without_a_radius_only_the_own_tile_is_right() -> None:
    np.testing.assert_array_equal(
        near_matches(TILES, TILES, 0.0, np.arange(4)), np.arange(4)[:, None])
