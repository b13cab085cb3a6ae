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

"""Calibration of KITTI raw."""

import json

from kitti_miniature import RAW, RECTIFIED, write_miniature
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.kitti_calibration import read_calibration, scaled_camera_matrix


def test_chain_equals_the_published_transform_of_the_excerpt(shared_data):
    folder = shared_data / 'kitti_raw_0001'
    described = json.loads((folder / 'camera_02_scaled.json').read_text())
    calibration = read_calibration([folder], 2, (120, 397))
    assert np.allclose(
        calibration.camera_from_velo @ calibration.velo_from_imu, described['imu_to_cam2'],
        atol=1e-12)
    assert np.array_equal(calibration.k, described['K'])


def test_rectified_images_get_the_projection_without_distortion(tmp_path):
    drive = write_miniature(tmp_path)
    calibration = read_calibration([drive, drive.parent], 2, RECTIFIED)
    assert calibration.k.tolist() == [[16, 0, 9.5], [0, 16, 5.5], [0, 0, 1]]
    assert not calibration.d.any()
    # P = K [I | t]: this camera is 0.1 m to the left of camera 0.
    assert calibration.camera_from_velo[:3, 3] == pytest.approx((0.1, -0.08, -0.27))


def test_raw_images_get_the_distortion_and_the_rectification(tmp_path):
    drive = write_miniature(tmp_path)
    calibration = read_calibration([drive, drive.parent], 2, RAW)
    assert (calibration.height, calibration.width) == RAW
    assert calibration.k[0, 0] == 15.0
    assert calibration.d.tolist() == [-0.3, 0.1, 0.001, 0.002, -0.05]
    assert calibration.camera_from_velo[0, 3] == pytest.approx(0.06)


def test_forward_of_the_imu_is_forward_of_the_camera(tmp_path):
    drive = write_miniature(tmp_path)
    imu_from_camera = read_calibration([drive, drive.parent], 2, RECTIFIED).imu_from_camera
    assert imu_from_camera[:3, 2] == pytest.approx((1, 0, 0))
    assert imu_from_camera[:3, 0] == pytest.approx((0, -1, 0))


def test_scaled_images_without_description_get_a_scaled_matrix(tmp_path):
    drive = write_miniature(tmp_path)
    half = (RECTIFIED[0] // 2, RECTIFIED[1] // 2)
    calibration = read_calibration([drive, drive.parent], 2, half)
    # The image centre, (w - 1) / 2 with pixel centres at integers, must stay the centre.
    full = np.array([(RECTIFIED[1] - 1) / 2, (RECTIFIED[0] - 1) / 2, 1.0])
    small = np.array([(half[1] - 1) / 2, (half[0] - 1) / 2, 1.0])
    ray = np.linalg.solve([[16, 0, 9.5], [0, 16, 5.5], [0, 0, 1]], full)
    assert calibration.k @ ray == pytest.approx(small)


def test_scaling_by_one_changes_nothing():
    k = np.array([[3.0, 0, 1], [0, 4, 2], [0, 0, 1]])
    assert np.array_equal(scaled_camera_matrix(k, 1.0, 1.0), k)


@pytest.mark.parametrize('name', [
    'calib_cam_to_cam.txt', 'calib_velo_to_cam.txt', 'calib_imu_to_velo.txt'])
def test_missing_file_is_named(tmp_path, name):
    drive = write_miniature(tmp_path)
    (drive.parent / name).unlink()
    with pytest.raises(RecordingError, match=f'{name} is missing'):
        read_calibration([drive, drive.parent], 2, RECTIFIED)


def test_short_entry_is_named_with_its_line(tmp_path):
    drive = write_miniature(tmp_path)
    path = drive.parent / 'calib_imu_to_velo.txt'
    path.write_text('calib_time: x\nR: 1 0 0 0 1 0 0 0 1\nT: -0.81 0.32\n')
    with pytest.raises(RecordingError, match='calib_imu_to_velo.txt line 3: T has 2 values'):
        read_calibration([drive, drive.parent], 2, RECTIFIED)


def test_camera_that_is_not_described_is_named(tmp_path):
    drive = write_miniature(tmp_path)
    with pytest.raises(RecordingError, match='has no entry S_03'):
        read_calibration([drive, drive.parent], 3, RECTIFIED)


def test_description_of_another_size_is_refused(tmp_path):
    drive = write_miniature(tmp_path)
    (drive / 'camera_02_scaled.json').write_text(json.dumps(
        {'K': np.eye(3).tolist(), 'height': 5, 'width': 7}))
    with pytest.raises(RecordingError, match='describes images of 7 x 5 pixels'):
        read_calibration([drive, drive.parent], 2, (6, 10))
