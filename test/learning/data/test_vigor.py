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

"""VIGOR in a miniature of its layout."""

import math
from pathlib import Path

from miniature_sets import make_vigor, VIGOR_ROWS, write_image
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.vigor import VigorPairs
from xview_loc.learning.data.vigor_labels import CITIES

CITY_ORDER = ('NewYork', 'Seattle', 'SanFrancisco', 'Chicago')


def test_cities_follow_in_the_published_order(tmp_path: Path) -> None:
    make_vigor(tmp_path)
    same, cross = VigorPairs(tmp_path, 'same', 'test'), VigorPairs(tmp_path, 'cross', 'test')
    assert [name.split('/')[0] for name in same.identifiers] == list(CITY_ORDER)
    assert [name.split('/')[0] for name in cross.identifiers] == ['SanFrancisco', 'Chicago']
    assert len(same.gallery()) == 36 and len(cross.gallery()) == 18


def test_the_camera_is_where_the_label_says(tmp_path: Path) -> None:
    pairs = VigorPairs(make_vigor(tmp_path), 'same', 'test')
    for index, city in enumerate(CITY_ORDER):
        sample = pairs.sample(index)
        south, west = VIGOR_ROWS[city][2:]
        # the miniature tiles are 64 pixels wide, a tenth of the published ones
        assert sample.camera_pixel == pytest.approx(((320 + south) / 10, (320 - west) / 10))
        assert sample.metres_per_pixel == pytest.approx(10 * CITIES[city].metres_per_pixel)
        assert sample.heading == 0.0


def test_a_tile_that_is_not_square_keeps_its_metres(tmp_path: Path) -> None:
    pano, tile, south, west = VIGOR_ROWS['NewYork']
    make_vigor(tmp_path)
    write_image(tmp_path / 'NewYork' / 'satellite' / tile, 48, 64)
    sample = VigorPairs(tmp_path, 'same', 'test').sample(0)
    assert sample.satellite.shape == (48, 64, 3)
    assert sample.north_m == pytest.approx(-south * 0.113248)
    assert sample.camera_pixel == pytest.approx((24 + south / 10, 32 - west / 10))


def test_positive_first_then_semi_positives(tmp_path: Path) -> None:
    pairs = VigorPairs(make_vigor(tmp_path), 'same', 'train')
    names = pairs.gallery().identifiers
    assert pairs.matches.shape == (4, 4)
    assert [names[row[0]] for row in pairs.matches] == [
        f'{city}/{VIGOR_ROWS[city][1]}' for city in CITY_ORDER]


def test_semi_positives_that_do_not_hold_the_camera_are_never_drawn(tmp_path: Path) -> None:
    pairs = VigorPairs(make_vigor(tmp_path), 'same', 'train')
    # corrected labels of the miniature put the camera outside all semi-positives
    assert pairs.usable_tiles(0).tolist() == [0]
    original = VigorPairs(tmp_path, 'same', 'train', labels='mercator')
    assert 0 in original.usable_tiles(0)
    usable = original.usable_tiles(0)
    drawn = {original.sample(0, np.random.default_rng(seed)).camera_pixel for seed in range(20)}
    assert len(drawn) == len(usable)


def test_a_random_heading_turns_panorama_and_label_together(tmp_path: Path) -> None:
    pairs = VigorPairs(make_vigor(tmp_path), 'same', 'train', headings='random')
    north, turned = pairs.sample(0), pairs.sample(0, np.random.default_rng(3))
    assert turned.heading is not None and turned.heading > 0.0
    # turning the view clockwise by the heading rolls the columns to the left
    columns = round(turned.heading / (2 * math.pi) * 64)
    np.testing.assert_array_equal(np.roll(north.ground, -columns, axis=1), turned.ground)


def test_published_headings_are_counter_clockwise_degrees(tmp_path: Path) -> None:
    make_vigor(tmp_path)
    np.save(tmp_path / 'headings.npy', np.array([90.0, 0.0, 180.0, 270.0]))
    pairs = VigorPairs(tmp_path, 'same', 'test', headings=tmp_path / 'headings.npy')
    assert [math.degrees(pairs.sample(index).heading or 0.0) for index in range(4)] == [
        pytest.approx(value) for value in (270.0, 0.0, 180.0, 90.0)]
    np.save(tmp_path / 'short.npy', np.zeros(3))
    with pytest.raises(DataSetError, match='3 headings; the split has 4'):
        VigorPairs(tmp_path, 'same', 'test', headings=tmp_path / 'short.npy')


def test_original_labels_go_with_the_size_of_pixel_they_assume(tmp_path: Path) -> None:
    sample = VigorPairs(make_vigor(tmp_path), 'same', 'test', labels='original').sample(1)
    assert sample.metres_per_pixel == pytest.approx(1.14)
    assert (sample.north_m, sample.east_m) == pytest.approx((-1.14, 2.28))


def test_positions_are_metres_in_the_zone_of_the_city(tmp_path: Path) -> None:
    pairs = VigorPairs(make_vigor(tmp_path), 'same', 'test')
    offset = pairs.positions - pairs.gallery().positions[pairs.matches[:, 0]]
    for index in (0, 1, 3):
        sample = pairs.sample(index)
        assert offset[index] == pytest.approx((sample.east_m, sample.north_m), abs=0.06)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    make_vigor(tmp_path)
    with pytest.raises(DataSetError, match='use corrected, original, mercator'):
        VigorPairs(tmp_path, labels='best')
    with pytest.raises(DataSetError, match='same or cross'):
        VigorPairs(tmp_path, 'same', 'val')
    (tmp_path / 'splits' / 'Chicago' / 'satellite_list.txt').write_text(
        'satellite_41.9_-87.7.png')
    with pytest.raises(DataSetError, match='which is not listed in Chicago'):
        VigorPairs(tmp_path)
