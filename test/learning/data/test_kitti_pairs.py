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

"""KITTI with pose noise: golden rows of the specification, in a miniature of its layout."""

import math
from pathlib import Path

import cv2
from miniature_sets import DRIVE, make_kitti, OXTS
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.kitti_frames import METRES_PER_PIXEL
from xview_loc.learning.data.kitti_pairs import KittiPairs
from xview_loc.learning.data.prior_noise import PriorNoise
from xview_loc.learning.data.turned_tile import world_from_tile

# Row of the list, range of the heading: column and row of the camera, heading from up.
GOLDEN = [
    (0, 10, 220.5776, 354.5405, 90.077375), (0, 180, 218.3249, 353.7014, 91.392759),
    (1, 10, 298.7023, 224.3276, 97.524235), (1, 180, 254.7497, 309.1514, 225.436225),
    (2, 10, 342.8479, 197.4072, 80.432633), (2, 180, 155.6283, 286.0198, 277.787387)]
YAW = float(OXTS.split()[5])


def noise_of(degrees: float) -> PriorNoise:
    """Return the published noise with a range of headings."""
    return PriorNoise(20.0, turn=math.radians(degrees))


@pytest.mark.parametrize('row, degrees, column, line, heading', GOLDEN)
def test_golden_rows(tmp_path: Path, row, degrees, column, line, heading) -> None:
    pairs = KittiPairs(make_kitti(tmp_path), 'test1', noise=noise_of(degrees))
    sample = pairs.sample(row)
    assert sample.satellite.shape == (512, 512, 3)
    assert sample.camera_pixel == pytest.approx((line, column), abs=1e-3)
    assert math.degrees(sample.heading or 0.0) == pytest.approx(heading, abs=1e-5)


def spot_tile(path: Path, east: float, north: float) -> None:
    """Write a tile that is black but for a spot at a place relative to its centre [m]."""
    rows, columns = np.mgrid[:1280, :1280] + 0.5
    row, column = 640 - north / METRES_PER_PIXEL, 640 + east / METRES_PER_PIXEL
    spot = 255.0 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18.0)
    cv2.imwrite(str(path), np.repeat(spot[..., None], 3, axis=2).astype(np.uint8))


@pytest.mark.parametrize('up', ['published', 'north'])
@pytest.mark.parametrize('row', [0, 1, 2])
def test_what_stands_at_the_camera_is_seen_at_the_camera(
        tmp_path: Path, up: str, row: int) -> None:
    pairs = KittiPairs(make_kitti(tmp_path), 'test2', noise=noise_of(180), up=up)
    arm = 1.08 * math.cos(YAW) + 0.26 * math.sin(YAW), 1.08 * math.sin(YAW) - 0.26 * math.cos(YAW)
    spot_tile(tmp_path / 'satmap' / DRIVE / '0000000048.png', *arm)
    sample = pairs.sample(row)
    weight = sample.satellite[..., 0].astype(np.float64)
    rows, columns = np.mgrid[:512, :512] + 0.5
    seen = (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()
    assert seen == pytest.approx(sample.camera_pixel, abs=0.15)


def test_north_up_and_published_tiles_tell_the_same_pose(tmp_path: Path) -> None:
    make_kitti(tmp_path)
    turned = KittiPairs(tmp_path, 'test1').sample(1)
    north = KittiPairs(tmp_path, 'test1', up='north').sample(1)
    assert north.tile_heading == 0.0
    assert world_from_tile(turned.east_m, turned.north_m, turned.tile_heading) == pytest.approx(
        (north.east_m, north.north_m))
    assert north.yaw == pytest.approx(YAW % (2 * math.pi))
    assert ((turned.heading or 0.0) + turned.tile_heading - (north.heading or 0.0)) % (
        2 * math.pi) == pytest.approx(0.0, abs=1e-9)


def test_training_draws_noise_and_repeats_it_for_the_same_generator(tmp_path: Path) -> None:
    pairs = KittiPairs(make_kitti(tmp_path))
    assert pairs.placement(0, np.random.default_rng(1)) == pairs.placement(
        0, np.random.default_rng(1))
    assert pairs.placement(0, np.random.default_rng(1)) != pairs.placement(
        0, np.random.default_rng(2))
    assert pairs.placement(0) == pairs.placement(0)
    for seed in range(100):
        right, above, turn = pairs.placement(0, np.random.default_rng(seed))
        assert math.hypot(right, above) <= 20.0 * math.sqrt(2.0)
        assert abs(turn) <= math.radians(10.0)


def test_centre_guess_of_the_real_lists_errs_as_published(
        tmp_path: Path, shared_data: Path) -> None:
    text = (shared_data / 'labels' / 'kitti_test1_files.txt').read_text()
    (tmp_path / 'test1_files.txt').write_text(text)
    pairs = KittiPairs(tmp_path, 'test1')
    placed = np.array([pairs.placement(index) for index in range(len(pairs))])
    assert len(pairs) == 200
    # published for all 3773: mean 15.33 m and 5.00 degrees; 200 rows have a standard error of 0.4
    assert np.hypot(placed[:, 0], placed[:, 1]).mean() == pytest.approx(15.33, abs=1.2)
    assert np.degrees(np.abs(placed[:, 2])).mean() == pytest.approx(5.0, abs=0.6)


def test_rows_of_the_tests_have_names_of_their_own(tmp_path: Path) -> None:
    names = KittiPairs(make_kitti(tmp_path), 'test1').identifiers
    assert len(set(names)) == 3


def test_position_and_camera(tmp_path: Path) -> None:
    pairs = KittiPairs(make_kitti(tmp_path))
    sample = pairs.sample(0)
    assert sample.position == pytest.approx(tuple(pairs.positions[0]))
    assert sample.camera is not None and sample.camera.model.shape == sample.ground.shape[:2]


def test_what_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='train_files.txt is missing'):
        KittiPairs(tmp_path)
    make_kitti(tmp_path)
    (tmp_path / 'satmap' / DRIVE / '0000000048.png').unlink()
    with pytest.raises(DataSetError, match='satmap.*0000000048.png is missing'):
        KittiPairs(tmp_path).sample(0)
    with pytest.raises(DataSetError, match='published or north'):
        KittiPairs(tmp_path, up='down')
    (tmp_path / 'test1_files.txt').write_text(f'{DRIVE}/0000000048.png 0.1 1.2 0.0\n')
    with pytest.raises(DataSetError, match=r'line 1: noise must lie in \[-1, 1\]'):
        KittiPairs(tmp_path, 'test1')
