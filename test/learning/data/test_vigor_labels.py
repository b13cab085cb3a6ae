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

"""Labels of VIGOR: golden rows of the specification and real label rows."""

import math
from pathlib import Path

from miniature_sets import write_lines
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.vigor_labels import (
    CITIES, corrected_offsets, mercator_offsets, panorama_place, read_vigor_labels,
    surrounding_tiles, tile_place)

GOLDEN = {
    'Chicago': ('L-1poX8YZAmBZVLMqBu-4w,41.877949,-87.689396,.jpg',
                'satellite_41.877971796211014_-87.68943505304125.png',
                (23, -29), (22.982, -28.942), (22.829, -29.120)),
    'NewYork': ('s-0__SnpcZyNsnt7JA2_hw,40.749783,-73.981849,.jpg',
                'satellite_40.7496417954_-73.981897008.png',
                (-139, -34), (-138.826, -34.182), (-138.984, -35.797)),
    'Seattle': ('EPdy_wwpT03WDToUUDkHnQ,47.582113,-122.314680,.jpg',
                'satellite_47.58225436149519_-122.31462478843227.png',
                (156, 40), (156.195, 39.804), (156.267, 41.169))}
REAL = 'vigor_Seattle_same_area_test_corrected.txt'


@pytest.mark.parametrize('city', GOLDEN)
def test_golden_offsets(city: str) -> None:
    pano, tile, published, unrounded, mercator = GOLDEN[city]
    camera, centre = np.array(panorama_place(pano)), np.array(tile_place(tile))
    assert tuple(corrected_offsets(CITIES[city], camera, centre)) == published
    np.testing.assert_allclose(
        corrected_offsets(CITIES[city], camera, centre, rounded=False), unrounded, atol=2e-3)
    np.testing.assert_allclose(mercator_offsets(camera, centre), mercator, atol=2e-3)


def test_offsets_of_real_labels_follow_from_their_file_names(shared_data: Path) -> None:
    labels = read_vigor_labels(shared_data / 'labels' / REAL)
    cameras = np.array([panorama_place(name) for name in labels.panoramas])[:, None]
    tiles = np.array([[tile_place(name) for name in four] for four in labels.tiles])
    exact = corrected_offsets(CITIES['Seattle'], cameras, tiles, rounded=False)
    assert labels.offsets.shape == (200, 4, 2)
    assert np.abs(exact - labels.offsets).max() < 0.5 + 1e-3


def test_the_right_tiles_of_real_panoramas_follow_from_the_grid(shared_data: Path) -> None:
    labels = read_vigor_labels(shared_data / 'labels' / REAL)
    tiles = sorted({name for four in labels.tiles for name in four})
    chosen = surrounding_tiles(
        np.array([panorama_place(name) for name in labels.panoramas]),
        np.array([tile_place(name) for name in tiles]))
    assert [tiles[row[0]] for row in chosen] == [four[0] for four in labels.tiles]
    assert [{tiles[tile] for tile in row} for row in chosen] == [
        set(four) for four in labels.tiles]


def test_guessing_the_centre_of_real_tiles_errs_as_published(shared_data: Path) -> None:
    """Published for the whole list of Seattle: mean 14.13 m, median 14.73 m."""
    labels = read_vigor_labels(shared_data / 'labels' / REAL)
    error = np.hypot(*labels.offsets[:, 0].T) * CITIES['Seattle'].metres_per_pixel
    # the standard error of 200 rows is 0.3 m
    assert error.mean() == pytest.approx(14.13, abs=0.9)
    assert np.median(error) == pytest.approx(14.73, abs=1.2)
    assert np.abs(labels.offsets[:, 0]).max() <= 183.0


def test_a_camera_beside_a_hole_of_the_grid_has_no_tiles() -> None:
    tiles = np.array([[0.0, 0.0], [0.0, 1e-3], [1e-3, 0.0]])
    cameras = np.array([[4e-4, 4e-4], [5e-3, 5e-3]])
    assert (surrounding_tiles(cameras, tiles) == -1).all()
    whole = np.concatenate([tiles, [[1e-3, 1e-3]]])
    assert surrounding_tiles(cameras[:1], whole)[0, 0] == 0


def test_the_camera_of_a_golden_line_is_at_its_row_and_column() -> None:
    pano, tile = 'K,41.854423,-87.682638,.jpg', 'satellite_41.8543505796211_-87.68282621216503.png'
    south, west = corrected_offsets(
        CITIES['Chicago'], np.array(panorama_place(pano)), np.array(tile_place(tile)))
    assert (320 + south, 320 - west) == (249, 461)
    # with the 0.114 m per pixel of the protocol, the centre is 17.5 to 18.0 m away
    assert math.hypot(south, west) * CITIES['Chicago'].metres_per_pixel == pytest.approx(
        17.55, abs=0.05)


@pytest.mark.parametrize('name', ['satellite_a_b.png', 'satellite_91.0_0.0.png', 'satellite_1.png',
                                  'satellite_nan_0.0.png'])
def test_a_file_name_without_a_place_is_refused(name: str) -> None:
    with pytest.raises(DataSetError, match='does not hold a latitude'):
        tile_place(name)


def test_a_line_with_another_number_of_fields_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / 'labels.txt', ['pano tile 1.0 2.0'])
    with pytest.raises(DataSetError, match='labels.txt line 1 has 4 fields; it must have 13'):
        read_vigor_labels(path)
