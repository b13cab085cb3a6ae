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

"""The stitched map of RobotCar: golden rows of the specification."""

from pathlib import Path

from miniature_sets import write_image
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.robotcar_map import (
    map_pixels, RobotCarMap, TIE_POINTS, tile_index)

# Easting and northing, column and row in the map, tile, column and row in the tile.
GOLDEN = [
    ((619787.1450088092, 5734845.910437141), (4734.434, 15605.684), (11, 38), (334, 406)),
    ((620424.952646378, 5735178.784289014), (11707.284, 12166.477), (28, 29), (507, 566)),
    ((619883.6235051961, 5735190.634498348), (5864.949, 11898.485), (14, 29), (265, 298)),
    ((620197.2473366413, 5735805.294774535), (9409.717, 5324.904), (23, 12), (210, 525))]


@pytest.mark.parametrize('utm, pixel, tile, inside', GOLDEN)
def test_golden_rows(utm, pixel, tile, inside) -> None:
    found = map_pixels(np.array(utm))
    np.testing.assert_allclose(found, pixel, atol=1e-3)
    np.testing.assert_array_equal(tile_index(found), tile)
    np.testing.assert_array_equal(np.rint(found - 400 * tile_index(found)), inside)


def test_more_golden_places() -> None:
    places = np.array([(619959.707711016, 5736083.660874516),
                       (620094.5626129007, 5735954.817194786)])
    np.testing.assert_allclose(
        map_pixels(places), [(6916.357, 2249.919), (8339.388, 3679.625)], atol=1e-3)


def test_tie_points_are_met_within_the_stated_residual() -> None:
    points = np.array(TIE_POINTS, dtype=np.float64)
    assert np.abs(map_pixels(points[:, :2]) - points[:, 2:]).max() == pytest.approx(1.33, abs=0.01)


def test_every_place_lies_in_the_central_half_of_its_tile() -> None:
    places = np.random.default_rng(0).uniform(400.0, 15_000.0, (500, 2))
    inside = np.rint(places - 400 * tile_index(places))
    assert inside.min() >= 200 and inside.max() <= 600


def test_a_tile_is_the_part_of_the_map(tmp_path: Path) -> None:
    image = write_image(tmp_path / 'map.png', 90, 120)
    satellite_map = RobotCarMap(tmp_path / 'map.png')
    np.testing.assert_array_equal(
        satellite_map.cut(np.array([60.0, 40.0]), 20), image[30:50, 50:70])
    with pytest.raises(DataSetError, match='other.png is missing'):
        RobotCarMap(tmp_path / 'other.png').cut(np.zeros(2))
