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

"""Which tiles a drive or an area needs."""

import numpy as np
import pytest

from xview_loc.errors import ImageryError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.imagery.tile_grid import tiles_of_bounds
from xview_loc.imagery.tile_selection import tiles_along, tiles_of_area

FRAME = LocalFrame(60.1, 24.9)


def drive(x, y):
    latitude, longitude, _ = FRAME.geodetic_from_map(np.asarray(x, float), np.asarray(y, float))
    return list(zip(latitude, longitude))


def test_every_place_within_reach_of_the_drive_is_covered():
    x = np.arange(0.0, 2000.0, 5.0)
    y = 200.0 * np.sin(x / 300.0)
    tiles = set(tiles_along(drive(x, y), [18], reach_m=100.0))
    rng = np.random.default_rng(4)
    near = rng.integers(0, len(x), 300)
    for latitude, longitude in drive(x[near] + rng.uniform(-100, 100, 300),
                                     y[near] + rng.uniform(-100, 100, 300)):
        delta = 1e-9
        assert tiles & set(tiles_of_bounds(
            (longitude, latitude, longitude + delta, latitude + delta), 18))


def test_the_corridor_is_much_smaller_than_the_box_around_it():
    x = np.arange(0.0, 5000.0, 20.0)
    places = drive(x, x)
    box = tiles_of_area((places[0][1], places[0][0], places[-1][1], places[-1][0]), [18])
    assert len(tiles_along(places, [18], reach_m=100.0)) < 0.3 * len(box)


def test_positions_that_are_not_finite_are_left_out():
    assert tiles_along([(np.nan, 1.0), (60.1, 24.9)], [15]) == tiles_along([(60.1, 24.9)], [15])


def test_a_drive_across_the_antimeridian_does_not_take_the_world():
    tiles = tiles_along([(52.0, 179.9995), (52.0, -179.9995)], [16], reach_m=100.0)
    assert len(tiles) < 12
    assert {tile.column for tile in tiles} >= {0, 2 ** 16 - 1}


def test_several_zooms_are_listed_coarse_to_fine():
    tiles = tiles_of_area((24.9, 60.1, 24.91, 60.11), [17, 15, 16])
    assert [tile.zoom for tile in tiles] == sorted(tile.zoom for tile in tiles)
    assert {tile.zoom for tile in tiles} == {15, 16, 17}


@pytest.mark.parametrize('positions', [[], [(np.nan, np.nan)]])
def test_a_drive_without_positions_is_refused(positions):
    with pytest.raises(ImageryError, match='no valid position'):
        tiles_along(positions, [18])


def test_a_reach_of_nothing_is_refused():
    with pytest.raises(ImageryError, match='reach'):
        tiles_along([(60.1, 24.9)], [18], reach_m=0.0)
