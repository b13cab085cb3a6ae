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

"""Sequences of the KITTI odometry benchmark."""

import math

from kitti_sequence import pose_row, write_sequence
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.dead_reckoning import OdometryDrift
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.kitti_odometry import (
    body_poses, load_kitti_odometry, MapPlacement, read_kitti_poses, write_kitti_odometry_bag)

PLACE = MapPlacement(49.0, 8.4, 110.0, heading_deg=30.0)


def test_real_poses_have_their_golden_ends(shared_data):
    matrices = read_kitti_poses(shared_data / 'kitti00_overhead' / 'poses_00.txt')
    poses = body_poses(matrices)
    assert len(poses) == 4541
    assert poses[0] == pytest.approx(np.zeros(6), abs=1e-9)
    # x forward is z of the camera, y left is minus x, z up is minus y.
    assert poses[-1, :3] == pytest.approx(
        (matrices[-1, 2, 3], -matrices[-1, 0, 3], -matrices[-1, 1, 3]))
    length = np.linalg.norm(np.diff(poses[:, :3], axis=0), axis=1).sum()
    assert length == pytest.approx(3724.0, abs=1.0)


def test_real_yaw_is_the_course_driven(shared_data):
    poses = body_poses(read_kitti_poses(shared_data / 'kitti00_overhead' / 'poses_00.txt'), 0.4)
    steps = np.diff(poses[:, :2], axis=0)
    moving = np.hypot(*steps.T) > 0.5
    course = np.arctan2(steps[:, 1], steps[:, 0])
    yaw_between = poses[:-1, 5] + 0.5 * ((np.diff(poses[:, 5]) + np.pi) % (2 * np.pi) - np.pi)
    residual = (course - yaw_between + np.pi) % (2 * np.pi) - np.pi
    assert np.degrees(np.median(np.abs(residual[moving]))) < 1.0


def test_turning_right_turns_yaw_clockwise(tmp_path):
    sequence = load_kitti_odometry(write_sequence(tmp_path), placement=PLACE)
    assert np.degrees(sequence.track.values[0, 5]) == pytest.approx(60.0)
    assert sequence.track.values[5, 5] == pytest.approx(math.radians(60.0) - 0.1)
    assert sequence.track.values[5, :2] == pytest.approx(
        (5 * math.cos(math.radians(60.0)), 5 * math.sin(math.radians(60.0))))


def test_second_camera_sits_beside_the_first(tmp_path):
    sequence = load_kitti_odometry(write_sequence(tmp_path))
    assert sequence.base_from_camera[:3, 3] == pytest.approx((0.0, 0.06, 0.0))


def test_bag_has_every_message(tmp_path):
    sequence = load_kitti_odometry(write_sequence(tmp_path), placement=PLACE)
    write_kitti_odometry_bag(sequence, tmp_path / 'bag', gnss=GnssError(1.0), gnss_rate_hz=5.0)
    with BagReader(tmp_path / 'bag') as reader:
        counts = {topic.name: topic.message_count for topic in reader.topics.values()}
        fix = next(reader.messages(['/truth/fix']))[2]
        assert reader.custom_data['base_height'] == '1.65'
    assert counts == {'/tf_static': 1, '/camera_info': 6, '/image/compressed': 6, '/truth': 6,
                      '/truth/fix': 6, '/odometry/filtered': 6, '/imu': 6, '/fix': 3}
    assert (fix.latitude, fix.longitude, fix.altitude) == pytest.approx((49.0, 8.4, 110.0))


def test_without_a_placement_there_is_no_fix(tmp_path):
    write_kitti_odometry_bag(load_kitti_odometry(write_sequence(tmp_path)), tmp_path / 'bag')
    with BagReader(tmp_path / 'bag') as reader:
        assert not {'/fix', '/truth/fix'} & set(reader.topics)


def test_odometry_without_drift_follows_the_truth(tmp_path):
    sequence = load_kitti_odometry(write_sequence(tmp_path, 40), placement=PLACE)
    write_kitti_odometry_bag(sequence, tmp_path / 'bag', drift=OdometryDrift())
    with BagReader(tmp_path / 'bag') as reader:
        *_, (_, _, last) = reader.messages(['/odometry/filtered'])
    start, end = sequence.track.pose(0), sequence.track.pose(-1)
    expected = start.between(end)
    assert (last.pose.pose.position.x, last.pose.pose.position.y) == pytest.approx(
        (expected.x, expected.y), abs=0.02)


@pytest.mark.parametrize('name, content, reason', [
    ('sequences/04/times.txt', '0.0\n0.1 0.2\n', 'times.txt line 2 has 2 values'),
    ('poses/04.txt', '1 2 3\n', '04.txt line 1 has 3 values; it must have 12'),
    ('poses/04.txt', pose_row(0, 0, 0) + '\n', 'has 1 poses; the numbers must agree'),
    ('poses/04.txt', '1 0 0 0 0 1 0 0 0 0 1 nan\n', "04.txt line 1: 'nan' is not a finite"),
    ('sequences/04/calib.txt', 'P2: 1 2 3\n', 'calib.txt line 1: P2 has 3 values'),
    ('sequences/04/calib.txt', 'P0: 1\n', 'calib.txt has no entry P2')])
def test_wrong_line_is_named(tmp_path, name, content, reason):
    folder = write_sequence(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(RecordingError, match=reason):
        load_kitti_odometry(folder)


@pytest.mark.parametrize('name', ['calib.txt', 'times.txt'])
def test_missing_file_is_named(tmp_path, name):
    folder = write_sequence(tmp_path)
    (folder / name).unlink()
    with pytest.raises(RecordingError, match=f'{name} is missing'):
        load_kitti_odometry(folder)


def test_missing_poses_and_images_are_named(tmp_path):
    folder = write_sequence(tmp_path)
    with pytest.raises(RecordingError, match='image_3 holds no images'):
        load_kitti_odometry(folder, camera=3)
    with pytest.raises(RecordingError, match='other.txt is missing'):
        load_kitti_odometry(folder, tmp_path / 'other.txt')
