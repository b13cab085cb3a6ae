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

"""Segments of comma2k19."""

import math

import cv2
import numpy as np
from pyproj import Transformer
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import roll_pitch_yaw_from_quaternion
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.comma2k19 import write_comma_bag
from xview_loc.recordings.comma2k19_segment import _FILES, load_comma_segment

LATITUDE, LONGITUDE = 37.7, -122.4
BOOT = 1_533_226_488.0


def write_segment(folder, *, leave_out=(), yaw=0.5, pitch=0.04):
    """Write a segment folder of a car that drives straight at 10 m/s, its camera looking down."""
    times = np.arange(0.0, 2.0, 0.05)
    fix_times = np.arange(0.0, 2.0, 0.1)
    to_earth = Transformer.from_crs(4979, 4978, always_xy=True)
    per_degree = 6378137.0 * math.pi / 180.0
    north, east = 10.0 * times * math.sin(yaw), 10.0 * times * math.cos(yaw)
    latitude = LATITUDE + north / per_degree
    longitude = LONGITUDE + east / per_degree / math.cos(math.radians(LATITUDE))
    earth = np.stack(to_earth.transform(longitude, latitude, np.full_like(times, 30.0)), axis=1)
    quaternion = ecef_from_frd_quaternion(yaw, pitch)
    arrays = {
        'pose_t': times, 'pose_ecef_m': earth,
        'pose_quat_wxyz': np.tile(quaternion, (len(times), 1)),
        'pose_vel_ecef_mps': np.gradient(earth, times, axis=0),
        'speed_t': times, 'speed': np.full((len(times), 1), 10.0),
        'steering_angle_t': times, 'steering_angle': np.zeros(len(times)),
        'gyro_t': times, 'gyro': np.tile([0.1, 0.2, 0.3], (len(times), 1)),
        'accelerometer_t': times, 'accelerometer': np.tile([1.0, 2.0, -9.8], (len(times), 1)),
        'live_gnss_ublox_t': fix_times + 0.06,
        'live_gnss_ublox': np.array([
            (LATITUDE, LONGITUDE, 10.0, (BOOT + 0.05 + t) * 1e3, 31.0, 0.0) for t in fix_times])}
    for name, values in arrays.items():
        path = folder / _FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        if name not in leave_out:
            with path.open('wb') as file:
                np.save(file, values)
    return folder


def ecef_from_frd_quaternion(yaw, pitch):
    """Return w, x, y, z of a body with this yaw, tilted nose down by ``pitch``."""
    sp, cp = math.sin(math.radians(LATITUDE)), math.cos(math.radians(LATITUDE))
    sl, cl = math.sin(math.radians(LONGITUDE)), math.cos(math.radians(LONGITUDE))
    earth_from_enu = np.array([[-sl, -sp * cl, cp * cl], [cl, -sp * sl, cp * sl], [0, cp, sp]])
    forward = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch),
                        -math.sin(pitch)])
    right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
    matrix = earth_from_enu @ np.stack([forward, right, np.cross(forward, right)], axis=1)
    vector, _ = cv2.Rodrigues(matrix)
    angle = float(np.linalg.norm(vector))
    return np.append(math.cos(angle / 2), math.sin(angle / 2) * vector.ravel() / angle)


def messages_of(bag):
    """Return the messages by topic."""
    found = {}
    with BagReader(bag) as reader:
        for topic, _, message in reader.messages():
            found.setdefault(topic, []).append(message)
    return found


def test_excerpt_has_its_golden_counts_and_ends(tmp_path, shared_data):
    segment = write_comma_bag(
        shared_data / 'comma2k19' / 'example1_first_30s.npz', tmp_path / 'bag')
    found = messages_of(tmp_path / 'bag')
    assert {topic: len(messages) for topic, messages in found.items()} == {
        '/tf_static': 1, '/truth': 601, '/truth/fix': 601, '/imu': 3125,
        '/odometry/filtered': 2484, '/fix': 286, '/fix/phone': 15}
    first, last = found['/truth/fix'][0], found['/truth/fix'][-1]
    to_geodetic = Transformer.from_crs(4978, 4979, always_xy=True)
    for message, earth in ((first, segment.data['pose_ecef_m'][0]),
                           (last, segment.data['pose_ecef_m'][-1])):
        longitude, latitude, altitude = to_geodetic.transform(*earth)
        # 1e-7 degrees are 1 cm.
        assert message.latitude == pytest.approx(latitude, abs=1e-7)
        assert message.longitude == pytest.approx(longitude, abs=1e-7)
        assert message.altitude == pytest.approx(altitude, abs=0.01)
    assert (first.latitude, first.longitude) == pytest.approx((37.7210000, -122.4722991), abs=1e-6)
    assert (found['/fix'][0].latitude, found['/fix'][0].longitude) == pytest.approx(
        (37.7209977, -122.4723053), abs=1e-9)


def test_excerpt_fixes_lie_where_its_readme_says(tmp_path, shared_data):
    """U-blox minus pose is about -1.4 m north and -0.45 m east at the log's time."""
    segment = write_comma_bag(
        shared_data / 'comma2k19' / 'example1_first_30s.npz', tmp_path / 'bag')
    fixes = messages_of(tmp_path / 'bag')['/fix']
    stamps = np.array([fix.header.stamp.sec * 10**9 + fix.header.stamp.nanosec for fix in fixes])
    x, y, _ = segment.local_frame.map_from_geodetic(
        *(np.array([getattr(fix, name) for fix in fixes])
          for name in ('latitude', 'longitude', 'altitude')))
    true = segment.track.at(stamps).values
    assert np.median(x - true[:, 0]) == pytest.approx(-0.45, abs=0.1)
    assert np.median(y - true[:, 1]) == pytest.approx(-1.4, abs=0.4)


def test_yaw_of_the_excerpt_is_its_course_less_the_mounting(shared_data):
    segment = load_comma_segment(shared_data / 'comma2k19' / 'example1_first_30s.npz')
    steps = np.diff(segment.track.values[::20, :2], axis=0)
    course = np.arctan2(steps[:, 1], steps[:, 0])
    residual = course - segment.track.values[10::20, 5][:len(course)] - segment.drift_angle
    assert math.degrees(segment.drift_angle) == pytest.approx(-0.93, abs=0.05)
    assert np.degrees(np.median(residual)) == pytest.approx(0.0, abs=0.1)


def test_segment_folder_gives_pose_and_attitude(tmp_path):
    write_comma_bag(write_segment(tmp_path / 'segment'), tmp_path / 'bag')
    found = messages_of(tmp_path / 'bag')
    last = found['/truth'][-1].pose.pose
    assert math.hypot(last.position.x, last.position.y) == pytest.approx(19.5, abs=0.1)
    orientation = last.orientation
    assert roll_pitch_yaw_from_quaternion(
        orientation.x, orientation.y, orientation.z, orientation.w) == pytest.approx(
        (0.0, 0.04, 0.5), abs=1e-4)


def test_sensor_axes_become_forward_left_up(tmp_path):
    write_comma_bag(write_segment(tmp_path / 'segment'), tmp_path / 'bag')
    imu = messages_of(tmp_path / 'bag')['/imu'][0]
    assert (imu.angular_velocity.x, imu.angular_velocity.y, imu.angular_velocity.z) == (
        0.1, -0.2, -0.3)
    assert imu.linear_acceleration.z == 9.8


def test_stamps_are_those_of_the_receiver(tmp_path):
    """A position of time 0.05 reaches the log at 0.06: the log began at -0.01."""
    segment = write_comma_bag(write_segment(tmp_path / 'segment'), tmp_path / 'bag')
    found = messages_of(tmp_path / 'bag')
    assert segment.boot_ns == pytest.approx((BOOT - 0.01) * 1e9, abs=1e3)
    assert header_stamp(found['/fix'][0]) == pytest.approx(BOOT + 0.05, abs=1e-6)
    assert header_stamp(found['/truth'][0]) == pytest.approx(BOOT - 0.01, abs=1e-6)


def test_odometry_is_the_distance_driven(tmp_path):
    write_comma_bag(write_segment(tmp_path / 'segment'), tmp_path / 'bag')
    last = messages_of(tmp_path / 'bag')['/odometry/filtered'][-1].pose.pose.position
    assert (last.x, last.y) == pytest.approx((19.5, 0.0), abs=0.05)


def test_frames_of_the_video_get_the_stamps_of_the_poses(tmp_path):
    folder = write_segment(tmp_path / 'segment')
    write_video(folder / 'video.hevc', (1164, 874))
    write_comma_bag(folder, tmp_path / 'bag')
    found = messages_of(tmp_path / 'bag')
    assert len(found['/image/compressed']) == 5
    assert [header_stamp(m) for m in found['/image/compressed']] == [
        header_stamp(m) for m in found['/camera_info'][:5]]
    assert found['/camera_info'][0].k.reshape(3, 3)[0].tolist() == [910.0, 0.0, 582.0]
    levels = [cv2.imdecode(m.data, cv2.IMREAD_GRAYSCALE).mean()
              for m in found['/image/compressed']]
    assert levels == pytest.approx([0, 40, 80, 120, 160], abs=4)


def write_video(path, size):
    """Write five frames of growing brightness; the decoder looks at content, not at the name."""
    video = cv2.VideoWriter(str(path.with_suffix('.avi')), cv2.VideoWriter_fourcc(*'MJPG'), 20,
                            size)
    for i in range(5):
        video.write(np.full((size[1], size[0], 3), 40 * i, np.uint8))
    video.release()
    path.with_suffix('.avi').rename(path)


def test_video_of_another_size_is_refused(tmp_path):
    folder = write_segment(tmp_path / 'segment')
    write_video(folder / 'video.hevc', (320, 240))
    with pytest.raises(RecordingError, match=r'video\.hevc has frames of 320 x 240'):
        write_comma_bag(folder, tmp_path / 'bag')


def test_missing_series_is_named(tmp_path):
    folder = write_segment(tmp_path / 'segment', leave_out=('speed',))
    with pytest.raises(RecordingError, match=r'has no processed_log/CAN/speed/value'):
        load_comma_segment(folder)


def test_half_a_file_is_named(tmp_path):
    folder = write_segment(tmp_path / 'segment')
    path = folder / 'global_pose' / 'frame_positions'
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RecordingError, match='global_pose/frame_positions cannot be read'):
        load_comma_segment(folder)


def test_series_of_different_lengths_are_refused(tmp_path):
    folder = write_segment(tmp_path / 'segment')
    with (folder / 'processed_log' / 'IMU' / 'gyro' / 't').open('wb') as file:
        np.save(file, np.zeros(3))
    with pytest.raises(RecordingError, match='gyro has 40 values for 3 times'):
        load_comma_segment(folder)


def test_truncated_excerpt_is_named(tmp_path, shared_data):
    data = (shared_data / 'comma2k19' / 'example1_first_30s.npz').read_bytes()
    (tmp_path / 'cut.npz').write_bytes(data[:len(data) // 2])
    with pytest.raises(RecordingError, match=r'cut\.npz'):
        load_comma_segment(tmp_path / 'cut.npz')


def test_missing_segment_is_named(tmp_path):
    with pytest.raises(RecordingError, match='nothing does not exist'):
        load_comma_segment(tmp_path / 'nothing')
