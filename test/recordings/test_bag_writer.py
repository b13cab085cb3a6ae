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

"""Writing bags."""

import numpy as np
import pytest
from sample_bag import START, TOPICS, write_sample

from xview_loc.errors import RecordingError
from xview_loc.geometry.extrinsics import quaternion_from_rpy
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.bag_reader import BagReader, header_stamp
from xview_loc.recordings.bag_writer import BagWriter


def read_all(path):
    """Return the messages by topic."""
    found = {}
    with BagReader(path) as reader:
        for topic, log_ns, message in reader.messages():
            found.setdefault(topic, []).append((log_ns, message))
    return found


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('compressed', [False, True])
def test_every_message_comes_back(tmp_path, storage, compressed):
    bag = write_sample(tmp_path / 'bag', storage=storage, compressed=compressed)
    found = read_all(bag)
    assert {topic: messages[0][1].__msgtype__ for topic, messages in found.items()} == TOPICS
    assert all(len(messages) == (1 if topic == '/tf_static' else 10)
               for topic, messages in found.items())
    image = found['/image'][3][1]
    expected = np.arange(72, dtype=np.uint8) + 3
    assert (image.height, image.width, image.step, image.encoding) == (4, 6, 18, 'rgb8')
    assert np.array_equal(image.data, expected)
    assert found['/image/compressed'][0][1].data.tobytes() == b'file'


def test_values_arrive_in_their_fields(tmp_path):
    found = read_all(write_sample(tmp_path / 'bag'))
    info = found['/camera_info'][0][1]
    assert info.k.reshape(3, 3).diagonal().tolist() == [5.0, 6.0, 1.0]
    assert info.p.reshape(3, 4)[:, :3].diagonal().tolist() == [5.0, 6.0, 1.0]
    fix = found['/fix'][2][1]
    assert (fix.latitude, fix.longitude) == (49.00002, 8.0)
    assert fix.position_covariance.reshape(3, 3).diagonal().tolist() == [1.0, 2.0, 3.0]
    assert fix.position_covariance_type == 2
    odometry = found['/odometry/filtered'][4][1]
    assert (odometry.header.frame_id, odometry.child_frame_id) == ('odom', 'base_link')
    pose = odometry.pose.pose
    assert (pose.position.x, pose.position.y) == (4.0, 8.0)
    assert (pose.orientation.z, pose.orientation.w) == pytest.approx(
        quaternion_from_rpy(0, 0, 0.4)[2:])
    edge = found['/tf_static'][0][1].transforms[0]
    assert (edge.header.frame_id, edge.child_frame_id) == ('base_link', 'camera')
    assert edge.transform.translation.y == 0.5


def test_orientation_that_is_not_measured_says_so(tmp_path):
    """REP-145: the first element of the covariance is -1."""
    imu = read_all(write_sample(tmp_path / 'bag'))['/imu'][0][1]
    assert imu.orientation_covariance[0] == -1.0
    assert imu.linear_acceleration.z == 9.81


def test_float_and_integer_stamps_agree(tmp_path):
    with BagWriter(tmp_path / 'bag') as writer:
        writer.write_odometry('/a', 12.5, Pose2(0, 0, 0))
        writer.write_odometry('/b', 12_500_000_000, Pose2(0, 0, 0))
        writer.write_odometry('/c', 1.0, Pose2(0, 0, 0), log_stamp=12.5)
    found = read_all(tmp_path / 'bag')
    assert {log_ns for messages in found.values() for log_ns, _ in messages} == {12_500_000_000}
    assert header_stamp(found['/a'][0][1]) == 12.5
    assert header_stamp(found['/c'][0][1]) == 1.0


@pytest.mark.parametrize('stamp', [float('nan'), float('inf'), -1.0, 2**63])
def test_impossible_stamps_are_refused(tmp_path, stamp):
    with BagWriter(tmp_path / 'bag') as writer, pytest.raises(RecordingError, match='stamp'):
        writer.write_odometry('/a', stamp, Pose2(0, 0, 0))


def test_messages_written_out_of_order_are_read_in_order(tmp_path):
    with BagWriter(tmp_path / 'bag') as writer:
        for stamp in (3.0, 1.0, 2.0):
            writer.write_odometry('/a', stamp, Pose2(stamp, 0, 0))
    with BagReader(tmp_path / 'bag') as reader:
        assert [m.pose.pose.position.x for _, _, m in reader.messages()] == [1.0, 2.0, 3.0]


def test_bag_can_be_read_after_the_writer_was_interrupted(tmp_path):
    with pytest.raises(KeyboardInterrupt), BagWriter(tmp_path / 'bag') as writer:
        writer.write_odometry('/a', START, Pose2(1, 2, 3))
        raise KeyboardInterrupt
    assert len(read_all(tmp_path / 'bag')['/a']) == 1


def test_old_bag_is_not_overwritten(tmp_path):
    write_sample(tmp_path / 'bag')
    with pytest.raises(RecordingError, match='exists already'):
        BagWriter(tmp_path / 'bag')


def test_topic_keeps_its_type(tmp_path):
    with BagWriter(tmp_path / 'bag') as writer:
        writer.write_odometry('/a', 1.0, Pose2(0, 0, 0))
        with pytest.raises(RecordingError, match='/a holds nav_msgs/msg/Odometry'):
            writer.write_fix('/a', 1.0, 49.0, 8.0, 0.0)


@pytest.mark.parametrize('pixels, encoding, reason', [
    (np.zeros((2, 3, 3), np.uint8), 'mono8', '1 channel'),
    (np.zeros((2, 3), np.uint8), 'rgb8', '3 channel'),
    (np.zeros((2, 3, 3), np.float32), 'rgb8', 'float32'),
    (np.zeros((2, 3, 3), np.uint8), 'yuv422', 'cannot be written')])
def test_pixels_that_do_not_fit_the_encoding_are_refused(tmp_path, pixels, encoding, reason):
    with BagWriter(tmp_path / 'bag') as writer, pytest.raises(RecordingError, match=reason):
        writer.write_image('/image', 1.0, pixels, 'camera', encoding=encoding)


def test_unknown_storage_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="'rosbag' is unknown; use mcap or sqlite3"):
        BagWriter(tmp_path / 'bag', storage='rosbag')
