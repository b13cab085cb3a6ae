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

"""Oxford RobotCar in a miniature of its layout, and its real rows."""

import math
from pathlib import Path

from miniature_sets import make_robotcar
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.robotcar_map import map_pixels, METRES_PER_PIXEL, RobotCarMap
from xview_loc.learning.data.robotcar_pairs import crop_ground, read_yaw, RobotCarPairs


@pytest.fixture
def small_map(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Stand a map in whose pixels tell their own place, as the real one is 1 GB."""
    cuts = []
    monkeypatch.setattr(RobotCarMap, 'cut', lambda _, centre, size=800, up_heading=0.0: (
        cuts.append((*np.asarray(centre), size, up_heading)),
        np.zeros((size, size, 3), np.uint8))[1])
    return cuts


def test_golden_rows(tmp_path: Path, small_map: list) -> None:
    pairs = RobotCarPairs(make_robotcar(tmp_path), 'test1')
    first, second = pairs.sample(0), pairs.sample(1)
    assert math.degrees(first.heading or 0.0) == pytest.approx(257.0813, abs=1e-4)
    assert math.degrees(second.heading or 0.0) == pytest.approx(242.2594, abs=1e-4)
    # published: column 334, row 406 of the tile at 400 x (11, 38)
    assert first.camera_pixel == pytest.approx((405.684, 334.434), abs=1e-3)
    assert small_map[0][:2] == (11 * 400 + 400, 38 * 400 + 400)
    assert first.metres_per_pixel == METRES_PER_PIXEL
    assert first.position == (619787.1450088092, 5734845.910437141)


def test_the_vehicle_may_be_up(tmp_path: Path, small_map: list) -> None:
    make_robotcar(tmp_path)
    north = RobotCarPairs(tmp_path, 'test1').sample(0)
    turned = RobotCarPairs(tmp_path, 'test1', up='vehicle').sample(0)
    assert turned.heading == pytest.approx(0.0)
    assert turned.tile_heading % (2 * math.pi) == pytest.approx(north.heading)
    assert math.hypot(turned.east_m, turned.north_m) == pytest.approx(
        math.hypot(north.east_m, north.north_m))
    # the direction from the centre, seen from the heading, turns back by the heading
    before = math.atan2(north.east_m, north.north_m)
    after = math.atan2(turned.east_m, turned.north_m)
    assert math.cos(before - after - (north.heading or 0.0)) == pytest.approx(1.0)
    assert small_map[-1][3] == pytest.approx(turned.tile_heading)


def test_training_puts_the_camera_anywhere_within_283_pixels(
        tmp_path: Path, small_map: list) -> None:
    pairs = RobotCarPairs(make_robotcar(tmp_path), 'train')
    distances = []
    for seed in range(200):
        sample = pairs.sample(0, np.random.default_rng(seed))
        distances.append(math.hypot(sample.east_m, sample.north_m) / METRES_PER_PIXEL)
        place = map_pixels(pairs.positions[0])
        offset = (place - small_map[-1][:2]) * METRES_PER_PIXEL
        assert (sample.east_m, -sample.north_m) == pytest.approx(tuple(offset))
    assert max(distances) < 200 * math.sqrt(2.0)
    assert np.median(distances) == pytest.approx(141.0, abs=20.0)


def test_yaw_of_the_tests_follows_list_after_list(tmp_path: Path) -> None:
    make_robotcar(tmp_path)
    assert read_yaw(tmp_path, 'test2', 1).tolist() == [0.3]
    assert read_yaw(tmp_path, 'test3', 1).tolist() == [0.4]
    with pytest.raises(DataSetError, match='4 angles; the lists up to test3 have 5'):
        read_yaw(tmp_path, 'test3', 2)


def test_the_gallery_joins_all_lists_and_near_tiles_are_right(tmp_path: Path) -> None:
    pairs = RobotCarPairs(make_robotcar(tmp_path), 'test1')
    gallery = pairs.gallery()
    assert len(gallery) == 6
    assert gallery.first_of == {'val': 0, 'test1': 1, 'test2': 3, 'test3': 4, 'train': 5}
    # the training place is 0.86 m from the first place of test 1
    np.testing.assert_array_equal(pairs.matches, [[1, 5], [2, -1]])


def test_images_lose_bonnet_and_rim() -> None:
    image = np.arange(960 * 1280 * 3, dtype=np.int64).reshape(960, 1280, 3) % 251
    np.testing.assert_array_equal(crop_ground(image), image[:800, 40:1240])
    assert crop_ground(image[::10, ::10]).shape == (80, 120, 3)


def test_real_rows_and_yaw_belong_together(tmp_path: Path, shared_data: Path) -> None:
    labels = shared_data / 'labels'
    (tmp_path / 'test1_j.txt').write_text((labels / 'oxford_test1_j.txt').read_text())
    np.save(tmp_path / 'test_yaw.npy', np.loadtxt(labels / 'oxford_test1_yaw.txt'))
    pairs = RobotCarPairs(tmp_path, 'test1')
    assert len(pairs) == 200
    assert math.degrees(pairs.headings[0]) % 360.0 == pytest.approx(257.0813, abs=1e-4)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='training.txt is missing'):
        RobotCarPairs(tmp_path)
    make_robotcar(tmp_path)
    with pytest.raises(DataSetError, match='satellite_map_new.png is missing'):
        RobotCarPairs(tmp_path).sample(0)
    (tmp_path / 'train_yaw.npy').unlink()
    with pytest.raises(DataSetError, match='train_yaw.npy is missing'):
        RobotCarPairs(tmp_path)
    with pytest.raises(DataSetError, match='north or vehicle'):
        RobotCarPairs(tmp_path, up='south')
