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

"""KITTI-CVL in a miniature of its layout."""

import math
from pathlib import Path

from miniature_sets import DRIVE, make_kitti_cvl, OXTS, write_image, write_lines
import numpy as np
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.kitti_cvl import KittiCvlSequences, relative_motion
from xview_loc.learning.data.kitti_frames import NavigationRecord


def test_a_sequence_is_newest_first_every_third_frame(tmp_path: Path) -> None:
    pairs = KittiCvlSequences(make_kitti_cvl(tmp_path), 'test')
    sample = pairs.sample(0)
    assert sample.sequence is not None and len(sample.sequence.images) == 4
    np.testing.assert_array_equal(sample.sequence.images[0], sample.ground)
    assert [path.stem for path in pairs.files(0)[:4]] == [
        '0000000048', '0000000045', '0000000042', '0000000039']


def test_motion_is_that_of_the_camera_not_of_the_unit() -> None:
    turned = [NavigationRecord(49.0, 8.4, math.pi / 2), NavigationRecord(49.0, 8.4, 0.0)]
    np.testing.assert_allclose(
        relative_motion(turned), [[0.0, 0.0, math.pi / 2], [0.82, -1.34, 0.0]], atol=1e-9)


def test_the_camera_is_found_relative_to_the_tile(tmp_path: Path) -> None:
    """The list of the miniature names the true place of the camera as centre of the tile."""
    sample = KittiCvlSequences(make_kitti_cvl(tmp_path), 'test').sample(0)
    assert (sample.east_m, sample.north_m) == pytest.approx((0.0, 0.0), abs=2e-3)
    assert sample.yaw == pytest.approx(float(OXTS.split()[5]) % (2 * math.pi))
    assert sample.satellite.shape == (512, 512, 3)


def test_tiles_are_the_central_pixels_whatever_the_size(tmp_path: Path) -> None:
    make_kitti_cvl(tmp_path)
    image = write_image(tmp_path / 'satmap' / 'train_10mgap' / DRIVE / '0000000048.png', 600, 700)
    sample = KittiCvlSequences(tmp_path, 'train').sample(0)
    np.testing.assert_array_equal(sample.satellite, image[44:556, 94:606])


def test_distractors_are_all_tiles_of_the_test_drives(tmp_path: Path) -> None:
    make_kitti_cvl(tmp_path)
    named = KittiCvlSequences(tmp_path, 'test')
    every = KittiCvlSequences(tmp_path, 'test', distractors=True)
    assert len(named.gallery()) == 1 and len(every.gallery()) == 2
    np.testing.assert_array_equal(every.matches, [[0]])
    assert every.gallery().tile(1).image.shape == (512, 512, 3)
    distance = np.linalg.norm(every.gallery().positions[1] - every.positions[0])
    assert 10.0 < distance < 13.0


def test_drives_that_are_ignored_do_not_distract(tmp_path: Path) -> None:
    make_kitti_cvl(tmp_path)
    write_lines(tmp_path / 'ignore.csv', [DRIVE.split('/')[1]])
    assert len(KittiCvlSequences(tmp_path, 'test', distractors=True).gallery()) == 1


def test_the_calibration_is_left_as_it_is(tmp_path: Path) -> None:
    """The published code scales a shared matrix in place, so a second look differs."""
    pairs = KittiCvlSequences(make_kitti_cvl(tmp_path), 'test')
    first, second = pairs.sample(0).camera, pairs.sample(0).camera
    assert first is not None and second is not None and first.model == second.model


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='test2_files_with_sat_GPS.txt is missing'):
        KittiCvlSequences(tmp_path, 'test')
    make_kitti_cvl(tmp_path)
    (tmp_path / 'test.csv').unlink()
    with pytest.raises(DataSetError, match='test.csv is missing'):
        KittiCvlSequences(tmp_path, 'test', distractors=True).gallery()
    old = tmp_path / 'raw_data' / DRIVE / 'image_02' / 'data' / '0000000042.png'
    old.unlink()
    with pytest.raises(DataSetError, match='0000000042.png is missing'):
        KittiCvlSequences(tmp_path, 'test').sample(0)
    with pytest.raises(DataSetError, match='at least 1'):
        KittiCvlSequences(tmp_path, 'test', frames=0)
