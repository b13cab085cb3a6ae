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

"""Opening a bag as training data."""

import numpy as np
import pytest
from small_bag import BASE_FROM_CAMERA, ORIGIN, pose_at, SHAPE, START, write_small_bag

from xview_loc.errors import ConfigurationError, DataSetError
from xview_loc.learning.data.bag_drive import open_bag_drive


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Return a bag of four seconds at 5 m/s with ten images a second."""
    return write_small_bag(tmp_path_factory.mktemp('bags') / 'bag')


def test_images_poses_and_camera(bag):
    drive = open_bag_drive(bag, origin=ORIGIN)
    assert drive.topic == '/image/compressed' and drive.model.shape == SHAPE
    np.testing.assert_allclose(drive.base_from_camera, BASE_FROM_CAMERA, atol=1e-9)
    np.testing.assert_allclose(drive.stamps[:3], START + np.array([0.0, 0.1, 0.2]))
    np.testing.assert_allclose(drive.poses[10, :3], pose_at(1.0).as_array(), atol=1e-9)
    assert drive.travelled[10] == pytest.approx(5.0)


def test_images_are_spread_by_distance_not_by_time(bag):
    drive = open_bag_drive(bag, origin=ORIGIN)
    steps = np.diff(drive.travelled[drive.spread(2.0)])
    assert (steps >= 2.0).all() and (steps < 2.51).all()
    assert len(drive.spread(0.0)) == len(drive)


def test_fixes_as_truth_need_no_origin(bag):
    drive = open_bag_drive(bag, truth='/fix')
    assert drive.frame.latitude_deg == pytest.approx(ORIGIN[0])
    assert drive.poses[20, :2] == pytest.approx(pose_at(2.0).as_array()[:2], abs=1e-2)


def test_a_parameter_file_tells_camera_and_origin(bag, tmp_path):
    (tmp_path / 'params.yaml').write_text(
        '/**/image_batcher:\n  ros__parameters:\n    base_height: 0.25\n'
        '    camera: {projection: equirectangular, x: 0.5, z: 2.0}\n'
        f'/**/tile_manager:\n  ros__parameters: {{map_origin: {list(ORIGIN)}}}\n')
    drive = open_bag_drive(bag, config=tmp_path / 'params.yaml')
    assert drive.base_from_camera[:3, 3].tolist() == [0.5, 0.0, 2.0]
    assert drive.camera(0).camera.height == pytest.approx(2.25)
    assert (drive.frame.latitude_deg, drive.frame.altitude_m) == (ORIGIN[0], ORIGIN[2])


def test_what_is_missing_is_named(bag, tmp_path):
    with pytest.raises(DataSetError, match='does not tell the origin'):
        open_bag_drive(bag)
    with pytest.raises(ConfigurationError, match='/other'):
        open_bag_drive(bag, truth='/other')
    without = write_small_bag(tmp_path / 'bag', 0.5, truth=False)
    with pytest.raises(DataSetError, match='no topic of true poses'):
        open_bag_drive(without, origin=ORIGIN)
