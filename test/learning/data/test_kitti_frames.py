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

"""Frames of KITTI: golden values of the specification."""

import math
from pathlib import Path

from miniature_sets import DRIVE, make_kitti_drive, write_lines
import pytest

from xview_loc.errors import DataSetError
from xview_loc.learning.data.kitti_frames import (
    FrameName, kitti_mercator, left_colour_camera, METRES_PER_PIXEL, NavigationRecord,
    read_record)


def test_size_of_a_pixel_and_metres() -> None:
    assert METRES_PER_PIXEL == pytest.approx(0.1958285087, abs=1e-9)
    assert 512 * METRES_PER_PIXEL == pytest.approx(100.264196, abs=1e-5)
    assert kitti_mercator(49.015003823272, 8.4342971002335) == pytest.approx(
        (615789.378676, 4117109.495761), abs=1e-5)


@pytest.mark.parametrize('yaw, arm', [
    (0.0, (1.08, -0.26)), (math.pi / 2, (0.26, 1.08)),
    (-2.6087069803847, (-1.0623377, -0.3247131))])
def test_lever_arm(yaw: float, arm: tuple[float, float]) -> None:
    assert NavigationRecord(49.0, 8.4, yaw).lever_arm == pytest.approx(arm, abs=1e-6)


def test_position_of_the_left_camera() -> None:
    record = NavigationRecord(49.015003823272, 8.4342971002335, -2.6087069803847)
    assert record.camera_position == pytest.approx(
        kitti_mercator(49.01500090632, 8.43428254969), abs=2e-3)


def test_calibration_is_scaled_by_the_real_size(tmp_path: Path) -> None:
    make_kitti_drive(tmp_path)
    model = left_colour_camera(tmp_path, '2011_09_26', (256, 1024)).model
    assert (model.fx, model.fy) == pytest.approx((594.890986, 492.569737))
    # published centres lack the half pixel of resizing: 502.567410 and 118.001664
    assert model.cx + 0.5 == pytest.approx(502.567410 + 0.5 * 1024 / 1242)
    assert model.cy + 0.5 == pytest.approx(118.001664 + 0.5 * 256 / 375)


@pytest.mark.parametrize('reference, expected', [
    (True, (582.98, 482.71, 496.24, 125.00)), (False, (590.59, 489.23, 502.72, 126.69))])
def test_the_released_code_scales_every_date_alike(
        tmp_path: Path, reference: bool, expected: tuple[float, ...]) -> None:
    """Compare with the two rows that the specification gives for another date."""
    write_lines(tmp_path / 'raw_data' / '2011_09_30' / 'calib_cam_to_cam.txt', [
        'S_rect_02: 1.226000e+03 3.700000e+02',
        'P_rect_02: 7.070912e+02 0.0 6.018873e+02 4.688783e+01 0.0 7.070912e+02 1.831104e+02 '
        '1.178601e-01 0.0 0.0 1.0 6.203223e-03'])
    model = left_colour_camera(tmp_path, '2011_09_30', (256, 1024), reference).model
    # a network's coordinates have pixel centres at +0.5, so the true ones differ by half a pixel
    # of the raw image from those of the specification
    half = 0.0 if reference else 0.5 * 1024 / 1226
    assert (model.fx, model.fy) == pytest.approx(expected[:2], abs=0.01)
    assert model.cx + 0.5 - half == pytest.approx(expected[2], abs=0.01)
    assert model.cy + 0.5 - (0.0 if reference else 0.5 * 256 / 370) == pytest.approx(
        expected[3], abs=0.01)


def test_names_of_frames() -> None:
    name = FrameName.parse(f'{DRIVE}/0000000048.png')
    assert str(name.before(9)) == f'{DRIVE}/0000000039.png'
    assert name.image(Path('r')).as_posix() == (
        f'r/raw_data/{DRIVE}/image_02/data/0000000048.png')
    assert name.record(Path('r')).as_posix() == f'r/raw_data/{DRIVE}/oxts/data/0000000048.txt'
    with pytest.raises(DataSetError, match='no frame 49 frames before'):
        name.before(49)
    for wrong in ('a/b', 'a/b/c.png', 'a/b/1.png/d'):
        with pytest.raises(DataSetError, match='does not name a frame'):
            FrameName.parse(wrong)


def test_records_and_calibrations_that_are_wrong_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match='no.txt is missing'):
        read_record(tmp_path / 'no.txt')
    with pytest.raises(DataSetError, match='has 3 values'):
        read_record(write_lines(tmp_path / 'short.txt', ['1 2 3']))
    write_lines(tmp_path / 'raw_data' / 'd' / 'calib_cam_to_cam.txt', ['S_rect_02: 1.0 2.0'])
    with pytest.raises(DataSetError, match='no entry P_rect_02'):
        left_colour_camera(tmp_path, 'd', (10, 20))
