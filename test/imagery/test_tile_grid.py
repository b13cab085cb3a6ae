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

"""Which tiles cover an area, against mercantile."""

import mercantile
import pytest

from xview_loc.errors import ImageryError
from xview_loc.imagery.tile_grid import bounds_of_tiles, finest_zoom_for, tiles_of_bounds
from xview_loc.imagery.tile_store import TileIndex


@pytest.mark.parametrize('bounds', [
    (8.40, 49.00, 8.42, 49.01), (-0.01, -0.01, 0.01, 0.01), (151.2, -33.87, 151.21, -33.86),
    (24.9, 60.1, 24.95, 60.2)])
def test_the_tiles_of_an_area_are_those_of_mercantile(bounds):
    ours = {(tile.column, tile.row) for tile in tiles_of_bounds(bounds, 16)}
    assert ours == {(tile.x, tile.y) for tile in mercantile.tiles(*bounds, 16)}


def test_across_the_antimeridian_the_columns_wrap():
    tiles = tiles_of_bounds((179.99, 10.0, -179.99, 10.01), 15)
    columns = {tile.column for tile in tiles}
    assert columns == {2 ** 15 - 1, 0}
    assert tiles.count == len(list(tiles))


def test_the_area_of_a_tile_holds_just_that_tile():
    tile = TileIndex(17, 68650, 45000)
    bounds = bounds_of_tiles(17, tile.column, tile.row, tile.column, tile.row)
    assert bounds == pytest.approx(tuple(mercantile.bounds(68650, 45000, 17)), abs=1e-9)
    assert list(tiles_of_bounds(bounds, 17)) == [tile]


def test_parents_are_the_tiles_above():
    parents = tiles_of_bounds((8.40, 49.00, 8.42, 49.01), 16).parents(3)
    assert {(tile.column, tile.row) for tile in parents} == {
        (tile.x, tile.y) for tile in mercantile.tiles(8.40, 49.00, 8.42, 49.01, 13)}


def test_the_poles_are_cut_at_the_end_of_the_projection():
    tiles = tiles_of_bounds((-10.0, 80.0, 10.0, 90.0), 4)
    assert tiles.first_row == 0


@pytest.mark.parametrize(('metres', 'zoom'), [(0.2, 19), (0.1, 20), (0.186, 20), (0.6, 18)])
def test_the_finest_zoom_is_the_first_as_fine_but_for_five_percent(metres, zoom):
    assert finest_zoom_for(metres, (8.4, 48.99, 8.42, 49.01)) == zoom


@pytest.mark.parametrize('zoom', [-1, 25])
def test_zooms_that_no_source_has_are_refused(zoom):
    with pytest.raises(ImageryError, match='between 0 and 24'):
        tiles_of_bounds((8.4, 49.0, 8.42, 49.01), zoom)
