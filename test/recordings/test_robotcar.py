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

"""Traversals of the Oxford RobotCar as bags."""

import math

import cv2
import numpy as np
from pyproj import Transformer
import pytest
from robotcar_miniature import (
    BLUE, GREEN, HEADING, RED, SPEED, START_US, VO_HEADER, write_kit, write_traversal)

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import roll_pitch_yaw_from_quaternion
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.robotcar import RobotCarOptions, write_robotcar_bag
from xview_loc.recordings.robotcar_camera import vehicle_from_base
from xview_loc.recordings.robotcar_files import read_robotcar_poses, read_visual_odometry


@pytest.fixture(scope='module')
def kit(tmp_path_factory):
    """Return the folder of models and extrinsics."""
    return write_kit(tmp_path_factory.mktemp('robotcar'))


@pytest.fixture(scope='module')
def written(tmp_path_factory, kit):
    """Return the summary of a converted traversal and its messages by topic."""
    root = tmp_path_factory.mktemp('traversal')
    summary = write_robotcar_bag(write_traversal(root), root / 'bag', kit)
    found = {}
    with BagReader(root / 'bag') as reader:
        for topic, log_ns, message in reader.messages():
            found.setdefault(topic, []).append((log_ns, message))
    return summary, found


def test_counts_and_ends_are_golden(written):
    summary, found = written
    assert {topic: len(messages) for topic, messages in found.items()} == {
        '/tf_static': 1, '/camera_info': 4, '/image/compressed': 4, '/fix': 3, '/imu': 20,
        '/odometry/filtered': 4, '/truth': 4, '/truth/fix': 4}
    assert summary.images == {'stereo/centre': 4}
    assert summary.missing_images == {'stereo/centre': 1}
    assert found['/image/compressed'][0][0] == START_US * 1000
    assert found['/image/compressed'][-1][0] == (START_US + 187_500) * 1000


def test_truth_survives_the_way_through_the_map_and_agrees_with_utm(written):
    """Latitude and longitude return to 1 cm, and the UTM columns say the same place."""
    summary, found = written
    path = summary.truth
    rows = [line.split(',') for line in path.read_text().splitlines()[1:]]
    to_utm = Transformer.from_crs(4326, 32630, always_xy=True)
    for row, (_, fix) in zip(rows, found['/truth/fix']):
        easting, northing = to_utm.transform(fix.longitude, fix.latitude)
        assert math.hypot(easting - float(row[5]), northing - float(row[4])) < 0.01


def test_yaw_is_the_true_course_and_pitch_changes_sign(written):
    _, found = written
    first, last = (found['/truth'][i][1].pose.pose for i in (0, -1))
    course = math.atan2(last.position.y - first.position.y, last.position.x - first.position.x)
    orientation = first.orientation
    roll, pitch, yaw = roll_pitch_yaw_from_quaternion(
        orientation.x, orientation.y, orientation.z, orientation.w)
    assert course == pytest.approx(math.pi / 2 - HEADING, abs=1e-3)
    assert (roll, pitch, yaw) == pytest.approx((0.01, -0.02, math.pi / 2 - HEADING), abs=1e-5)


def test_images_are_colour_and_undistorted(written):
    _, found = written
    pixels = cv2.imdecode(found['/image/compressed'][0][1].data, cv2.IMREAD_COLOR)
    assert pixels.shape == (960, 1280, 3)
    assert pixels[480, 640].astype(int) == pytest.approx((BLUE, GREEN, RED), abs=3)
    info = found['/camera_info'][0][1]
    assert info.k.reshape(3, 3)[0].tolist() == [960.5, 0.0, 640.0]
    assert not info.d.any()


def test_positions_carry_the_receivers_spread(written):
    _, found = written
    fix = found['/fix'][0][1]
    assert fix.position_covariance.reshape(3, 3).diagonal().tolist() == [
        2.5 ** 2, 1.5 ** 2, 16.0]


def test_visual_odometry_becomes_forward_motion(written):
    _, found = written
    last = found['/odometry/filtered'][-1][1]
    assert (last.pose.pose.position.x, last.pose.pose.position.y) == pytest.approx(
        (SPEED * 3 * 0.0625, 0.0), abs=1e-9)
    assert last.twist.twist.linear.x == pytest.approx(SPEED)


def steps(tmp_path, *rows):
    """Write steps of visual odometry."""
    (tmp_path / 'vo.csv').write_text('\n'.join([VO_HEADER, *rows]) + '\n')
    return tmp_path / 'vo.csv'


def test_turning_right_is_negative_and_swings_the_navigation_system_outward(tmp_path, kit):
    """The system sits 1.7 m behind the camera: on a right turn in place it swings left."""
    path = steps(tmp_path, '200000,100000,0,0,0,0,0,0.1')
    stamps, poses = read_visual_odometry(path, vehicle_from_base(kit))
    assert stamps.tolist() == [100_000_000, 200_000_000]
    assert poses[1].yaw == pytest.approx(-0.1)
    # The camera is at (1.7, 0.1) of base_link, forward and left, and stays where it is.
    assert poses[1].transform(np.array([1.7, 0.1])) == pytest.approx((1.7, 0.1), abs=1e-6)
    assert poses[1].y > 0.1


def test_rows_the_other_way_round_say_the_same(tmp_path, kit):
    ordinary = read_visual_odometry(
        steps(tmp_path, '200000,100000,1,0,0,0,0,0.1'), vehicle_from_base(kit))[1][1]
    c, s = math.cos(-0.1), math.sin(-0.1)
    reverse = read_visual_odometry(
        steps(tmp_path, f'100000,200000,{-c},{-s},0,0,0,-0.1'), vehicle_from_base(kit))[1][1]
    assert reverse.as_array() == pytest.approx(ordinary.as_array(), abs=1e-9)


def test_without_rtk_and_visual_odometry_the_navigation_system_serves(tmp_path, kit):
    folder = write_traversal(tmp_path, rtk=False, vo=False)
    summary = write_robotcar_bag(folder, tmp_path / 'bag', kit)
    assert summary.truth == summary.odometry == folder / 'gps' / 'ins.csv'
    with BagReader(tmp_path / 'bag') as reader:
        assert reader.topics['/odometry/filtered'].message_count == 20


def test_second_camera_gets_topics_of_its_own(tmp_path, kit):
    folder = write_traversal(tmp_path)
    other = write_traversal(tmp_path / 'other', camera='mono_left')
    (other / 'mono_left').rename(folder / 'mono_left')
    (other / 'mono_left.timestamps').rename(folder / 'mono_left.timestamps')
    write_robotcar_bag(folder, tmp_path / 'bag', kit, RobotCarOptions(
        cameras=('stereo/centre', 'mono_left')))
    with BagReader(tmp_path / 'bag') as reader:
        assert reader.topics['/mono_left/image/compressed'].message_count == 4
        edges = next(reader.messages(['/tf_static']))[2].transforms
    assert [edge.child_frame_id for edge in edges] == [
        'stereo_centre_optical_frame', 'mono_left_optical_frame']


@pytest.mark.parametrize('name', ['rtk.csv', 'gps/ins.csv', 'gps/gps.csv', 'vo/vo.csv'])
def test_half_a_line_is_named(tmp_path, kit, name):
    folder = write_traversal(tmp_path)
    lines = (folder / name).read_text().splitlines()
    (folder / name).write_text('\n'.join([*lines[:2], lines[2][:25]]))
    with pytest.raises(RecordingError, match=rf'{name} line 3 has \d values; the header names'):
        write_robotcar_bag(folder, tmp_path / 'bag', kit)
    assert not (tmp_path / 'bag').exists()


def test_cell_that_is_not_a_number_is_named(tmp_path, kit):
    folder = write_traversal(tmp_path)
    path = folder / 'rtk.csv'
    path.write_text(path.read_text().replace('0.02,', 'level,', 1))
    with pytest.raises(RecordingError, match=r"rtk\.csv line 2: pitch is 'level'"):
        read_robotcar_poses(path)


@pytest.mark.parametrize('content, reason', [
    ('1400 1\nhalf\n', "stereo.timestamps line 2: 'half'"),
    (f'{START_US + 1} 1\n', 'stereo/centre holds none of the 1 images')])
def test_wrong_image_list_is_named(tmp_path, kit, content, reason):
    folder = write_traversal(tmp_path)
    (folder / 'stereo.timestamps').write_text(content)
    with pytest.raises(RecordingError, match=reason):
        write_robotcar_bag(folder, tmp_path / 'bag', kit)


@pytest.mark.parametrize('name', ['gps/gps.csv', 'stereo.timestamps'])
def test_missing_file_is_named(tmp_path, kit, name):
    folder = write_traversal(tmp_path)
    (folder / name).unlink()
    with pytest.raises(RecordingError, match=f'{name} is missing'):
        write_robotcar_bag(folder, tmp_path / 'bag', kit)


def test_missing_traversal_is_named(tmp_path, kit):
    with pytest.raises(RecordingError, match='nothing is not a folder; name a traversal'):
        write_robotcar_bag(tmp_path / 'nothing', tmp_path / 'bag', kit)
