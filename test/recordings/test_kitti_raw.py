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

"""KITTI raw as a bag."""

import math

from kitti_miniature import SPEED, write_miniature, YAW
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import (
    roll_pitch_yaw_from_quaternion, rotation_from_quaternion)
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.dead_reckoning import OdometryDrift
from xview_loc.recordings.gnss_error import GnssError
from xview_loc.recordings.image_format import ImageFormat
from xview_loc.recordings.kitti_raw import KittiBagOptions, write_kitti_bag


def converted(folder, out, **options):
    """Convert a drive and return it with the messages by topic."""
    drive = write_kitti_bag(folder, out, KittiBagOptions(**options))
    found = {}
    with BagReader(out) as reader:
        for topic, _, message in reader.messages():
            found.setdefault(topic, []).append(message)
    return drive, found


def xyzw(quaternion):
    """Return the four numbers of a quaternion message."""
    return quaternion.x, quaternion.y, quaternion.z, quaternion.w


def test_excerpt_has_its_golden_counts(tmp_path, shared_data):
    _, found = converted(shared_data / 'kitti_raw_0001', tmp_path / 'bag')
    assert {topic: len(messages) for topic, messages in found.items()} == {
        '/tf_static': 1, '/image/compressed': 108, '/camera_info': 108, '/fix': 108, '/imu': 606,
        '/odometry/filtered': 606, '/truth': 606, '/truth/fix': 606}


def test_truth_in_the_bag_is_the_pose_read_from_the_folder(tmp_path, shared_data):
    drive, found = converted(shared_data / 'kitti_raw_0001', tmp_path / 'bag')
    truth = {message.header.stamp.sec * 10**9 + message.header.stamp.nanosec: message.pose.pose
             for message in found['/truth']}
    for frame in drive.frames:
        pose = truth[frame.stamp_ns]
        assert (pose.position.x, pose.position.y, pose.position.z) == (
            frame.pose.x, frame.pose.y, frame.z)
        assert roll_pitch_yaw_from_quaternion(*xyzw(pose.orientation)) == pytest.approx(
            (frame.roll, frame.pitch, frame.pose.yaw), abs=1e-9)


def test_positions_survive_the_way_through_geodetic_coordinates(tmp_path, shared_data):
    drive, found = converted(shared_data / 'kitti_raw_0001', tmp_path / 'bag')
    fixes = found['/fix']
    x, y, _ = drive.local_frame.map_from_geodetic(
        *(np.array([getattr(fix, name) for fix in fixes])
          for name in ('latitude', 'longitude', 'altitude')))
    poses = np.array([(frame.pose.x, frame.pose.y) for frame in drive.frames])
    assert np.hypot(x - poses[:, 0], y - poses[:, 1]).max() < 1e-6


def test_images_keep_their_stamps_and_camera_info(tmp_path):
    drive, found = converted(write_miniature(tmp_path), tmp_path / 'bag', frames='odd')
    images, infos = found['/image/compressed'], found['/camera_info']
    assert [header_stamp(m) for m in images] == [header_stamp(m) for m in infos]
    assert [m.header.stamp.nanosec for m in images[:2]] == [103_000_000, 303_000_000]
    assert (infos[0].height, infos[0].width) == (12, 20)
    assert infos[0].k.reshape(3, 3)[0].tolist() == [16.0, 0.0, 9.5]
    assert infos[0].header.frame_id == 'camera_02_optical_frame'
    assert images[0].data.tobytes() == drive.frames[0].image_path.read_bytes()


def test_raw_images_come_with_their_distortion(tmp_path):
    _, found = converted(write_miniature(tmp_path, raw=True), tmp_path / 'bag',
                         image_format=ImageFormat.RAW)
    assert (found['/image'][0].height, found['/image'][0].width) == (16, 26)
    assert found['/camera_info'][0].d.tolist() == [-0.3, 0.1, 0.001, 0.002, -0.05]


def test_static_transforms_lead_from_the_base_to_the_camera(tmp_path):
    drive, found = converted(write_miniature(tmp_path), tmp_path / 'bag')
    chain = np.eye(4)
    parent = 'base_link'
    for edge in found['/tf_static'][0].transforms:
        assert edge.header.frame_id == parent
        step = np.eye(4)
        step[:3, :3] = rotation_from_quaternion(*xyzw(edge.transform.rotation))
        step[:3, 3] = [getattr(edge.transform.translation, axis) for axis in 'xyz']
        chain, parent = chain @ step, edge.child_frame_id
    assert parent == 'camera_02_optical_frame'
    assert np.allclose(chain, drive.camera.base_from_camera, atol=1e-6)


def test_odometry_drifts_by_the_chosen_part(tmp_path):
    _, found = converted(write_miniature(tmp_path, records=101, images=4), tmp_path / 'bag',
                         drift=OdometryDrift(scale=0.02, yaw_deg_per_s=0.1))
    last = found['/odometry/filtered'][-1]
    distance = SPEED * 10.0
    assert math.hypot(last.pose.pose.position.x, last.pose.pose.position.y) == pytest.approx(
        1.02 * distance, abs=0.01)
    assert math.degrees(roll_pitch_yaw_from_quaternion(
        *xyzw(last.pose.pose.orientation))[2]) == pytest.approx(1.0, abs=0.01)
    assert last.twist.twist.linear.x == pytest.approx(1.02 * SPEED)


def test_odometry_without_drift_is_the_true_course(tmp_path, shared_data):
    """
    The excerpt lacks lateral speed, which its README says is 0.39 degrees of course.

    So 107 m of integrated speed end within 1.2 m of the truth: 0.4 degrees are 0.75 m, the rest
    are speeds at 10 Hz and stamps cut to 10 ms.
    """
    _, found = converted(shared_data / 'kitti_raw_0001', tmp_path / 'bag', drift=OdometryDrift())
    first, last = found['/truth'][0].pose.pose, found['/truth'][-1].pose.pose
    yaw = roll_pitch_yaw_from_quaternion(*xyzw(first.orientation))[2]
    east, north = last.position.x - first.position.x, last.position.y - first.position.y
    forward = math.cos(yaw) * east + math.sin(yaw) * north
    left = math.cos(yaw) * north - math.sin(yaw) * east
    end = found['/odometry/filtered'][-1].pose.pose.position
    assert math.hypot(end.x - forward, end.y - left) < 1.2


def test_attitude_is_that_of_the_records(tmp_path):
    _, found = converted(write_miniature(tmp_path), tmp_path / 'bag')
    for imu in found['/imu']:
        assert roll_pitch_yaw_from_quaternion(*xyzw(imu.orientation)) == pytest.approx(
            (0.02, -0.01, YAW))
        assert imu.linear_acceleration.z == pytest.approx(9.81)


def test_excerpt_has_no_full_acceleration_and_says_so(tmp_path, shared_data):
    _, found = converted(shared_data / 'kitti_raw_0001', tmp_path / 'bag')
    assert found['/imu'][0].linear_acceleration_covariance[0] == -1.0


def test_fix_errors_are_those_asked_for(tmp_path):
    folder = write_miniature(tmp_path, records=101, images=4)
    drive, found = converted(folder, tmp_path / 'bag',
                             gnss=GnssError(noise_m=3.0, bias_m=2.0, seed=5), gnss_rate_hz=5.0)
    fixes = found['/fix']
    assert len(fixes) == 51
    x, y, _ = drive.local_frame.map_from_geodetic(
        *(np.array([getattr(fix, name) for fix in fixes])
          for name in ('latitude', 'longitude', 'altitude')))
    along = SPEED * np.array([header_stamp(fix) - header_stamp(fixes[0]) for fix in fixes])
    errors = np.stack([x - along * math.cos(YAW), y - along * math.sin(YAW)], axis=1)
    assert np.allclose(errors, GnssError(3.0, 2.0, 5).draw(51), atol=5e-3)
    assert fixes[0].position_covariance[0] == pytest.approx(9.0 + 2.0 + 0.04 ** 2)


def test_same_seed_same_bytes(tmp_path):
    folder = write_miniature(tmp_path)
    for name in ('a', 'b'):
        write_kitti_bag(folder, tmp_path / name,
                        KittiBagOptions(gnss=GnssError(3.0, 2.0, 5)))
    with BagReader(tmp_path / 'a') as first, BagReader(tmp_path / 'b') as second:
        assert list(first.serialized()) == list(second.serialized())


def test_datum_is_kept_with_the_bag(tmp_path):
    drive, _ = converted(write_miniature(tmp_path), tmp_path / 'bag')
    with BagReader(tmp_path / 'bag') as reader:
        datum = list(map(float, reader.custom_data['map_origin'].split()))
    frame = drive.local_frame
    assert datum == [frame.latitude_deg, frame.longitude_deg, frame.altitude_m]


def test_progress_reaches_the_end(tmp_path):
    seen = []
    write_kitti_bag(write_miniature(tmp_path), tmp_path / 'bag',
                    progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_nothing_is_left_when_the_folder_is_wrong(tmp_path):
    folder = write_miniature(tmp_path)
    (folder.parent / 'calib_velo_to_cam.txt').unlink()
    with pytest.raises(RecordingError, match='calib_velo_to_cam.txt is missing'):
        write_kitti_bag(folder, tmp_path / 'bag')
    assert not (tmp_path / 'bag').exists()


def test_bag_that_cannot_be_finished_is_removed(tmp_path):
    folder = write_miniature(tmp_path)
    (folder / 'image_02' / 'data' / '0000000007.png').write_bytes(b'half')
    with pytest.raises(RecordingError, match=r'0000000007\.png cannot be decoded'):
        write_kitti_bag(folder, tmp_path / 'bag', KittiBagOptions(image_format=ImageFormat.JPEG))
    assert not (tmp_path / 'bag').exists()


def test_old_bag_survives_a_second_conversion(tmp_path):
    folder = write_miniature(tmp_path)
    write_kitti_bag(folder, tmp_path / 'bag')
    with pytest.raises(RecordingError, match='exists already'):
        write_kitti_bag(folder, tmp_path / 'bag')
    with BagReader(tmp_path / 'bag') as reader:
        assert reader.message_count > 0
