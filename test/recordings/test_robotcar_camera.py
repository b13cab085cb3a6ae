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

"""Cameras of the Oxford RobotCar."""

import cv2
import numpy as np
import pytest
from robotcar_miniature import BLUE, GREEN, LOOKUP_SHIFT, mosaic, RED, write_kit

from xview_loc.errors import RecordingError
from xview_loc.recordings.robotcar_camera import read_robotcar_camera, vehicle_from_base


@pytest.fixture(scope='module')
def kit(tmp_path_factory):
    """Return the folder of models and extrinsics."""
    return write_kit(tmp_path_factory.mktemp('robotcar'))


@pytest.mark.parametrize('name, pattern', [('stereo/centre', 'gbrg'), ('mono_left', 'rggb')])
def test_colours_are_put_together(kit, name, pattern):
    camera = read_robotcar_camera(kit, name)
    pixels = camera.undistorted(mosaic(camera.shape, pattern))
    assert pixels[100:200, 100:200].reshape(-1, 3).tolist() == [[BLUE, GREEN, RED]] * 10_000


def test_table_says_where_each_pixel_comes_from(kit):
    camera = read_robotcar_camera(kit, 'stereo/centre')
    raw = np.zeros(camera.shape, np.uint8)
    raw[300:320, 700:760] = 255
    row, column = (indices.mean() for indices in np.nonzero(camera.undistorted(raw)[..., 1] > 127))
    assert row == pytest.approx(309.5 - LOOKUP_SHIFT[0], abs=0.6)
    assert column == pytest.approx(729.5 - LOOKUP_SHIFT[1], abs=0.6)
    assert not camera.undistorted(np.full(camera.shape, 255, np.uint8))[:, -4:].any()


def test_matrix_is_that_of_the_undistorted_image(kit):
    camera = read_robotcar_camera(kit, 'stereo/centre')
    assert camera.k.tolist() == [[960.5, 0, 640.0], [0, 961.5, 480.0], [0, 0, 1]]
    assert camera.frame_id == 'stereo_centre_optical_frame'


def test_camera_that_looks_forward_sits_before_and_above_the_navigation_system(kit):
    pose = read_robotcar_camera(kit, 'stereo/centre').base_from_camera
    assert pose[:3, 3] == pytest.approx((1.7, 0.1, 1.2))
    assert pose[:3, 2] == pytest.approx((1, 0, 0))
    assert pose[:3, 0] == pytest.approx((0, -1, 0))


def test_camera_that_looks_left_sits_on_the_left(kit):
    pose = read_robotcar_camera(kit, 'mono_left').base_from_camera
    assert pose[:3, 3] == pytest.approx((0.7, 0.6, 1.2))
    assert pose[:3, 2] == pytest.approx((0, 1, 0), abs=1e-8)
    assert pose[:3, 1] == pytest.approx((0, 0, -1), abs=1e-8)


def test_base_link_has_its_left_where_the_vehicle_has_minus_right(kit):
    pose = vehicle_from_base(kit)
    assert pose @ (0.0, 1.0, 0.0, 1.0) == pytest.approx((-1.7, -0.9, 1.2, 1.0))


def test_unknown_camera_is_refused(kit):
    with pytest.raises(RecordingError, match="no camera 'front'; use stereo/left"):
        read_robotcar_camera(kit, 'front')


def test_missing_model_is_named(kit):
    with pytest.raises(RecordingError, match=r'mono_rear\.txt is missing'):
        read_robotcar_camera(kit, 'mono_rear')


def test_truncated_table_is_named(tmp_path):
    kit = write_kit(tmp_path)
    path = kit / 'models' / 'mono_left_distortion_lut.bin'
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(RecordingError, match=r'mono_left_distortion_lut\.bin holds 2097052'):
        read_robotcar_camera(kit, 'mono_left')


def test_wrong_numbers_are_named_with_their_line(tmp_path):
    kit = write_kit(tmp_path)
    path = kit / 'models' / 'mono_left.txt'
    path.write_text(path.read_text().replace('1 0 0 0', '1 0 O 0'))
    with pytest.raises(RecordingError, match=r'mono_left\.txt line 3: could not convert'):
        read_robotcar_camera(kit, 'mono_left')


def test_image_of_another_size_is_named(kit, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((4, 5), np.uint8))
    with pytest.raises(RecordingError, match=r'a\.png is uint8 of shape \(4, 5\)'):
        read_robotcar_camera(kit, 'stereo/centre').read(tmp_path / 'a.png')
