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

"""Reading bags."""

import shutil

import pytest
from rosbags.rosbag1 import Writer as Rosbag1Writer
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
from sample_bag import START, write_sample

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_messages import typestore
from xview_loc.recordings.bag_reader import BagReader, header_stamp


def test_ros1_bag_has_its_golden_counts_and_ends(shared_data):
    with BagReader(shared_data / 'ros1_bag' / 'test1.bag') as reader:
        counts = {topic.name: topic.message_count for topic in reader.topics.values()}
        fixes = [message for _, _, message in reader.messages(['/fix'])]
        assert reader.is_ros1
        assert reader.duration_s == pytest.approx(395.307116140)
    assert counts == {'/imu/data': 11865, '/husky_velocity_controller/odom': 3952, '/fix': 989}
    first, last = fixes[0], fixes[-1]
    assert (header_stamp(first), header_stamp(last)) == pytest.approx(
        (1432235498.039090, 1432235893.228160), abs=1e-6)
    assert (first.latitude, first.longitude) == pytest.approx((42.375812, -71.147395), abs=1e-6)
    assert (last.latitude, last.longitude) == pytest.approx((42.375800, -71.147232), abs=1e-6)


def test_ros1_messages_become_what_ros2_decodes(shared_data):
    with BagReader(shared_data / 'ros1_bag' / 'test1.bag') as reader:
        decoded = next(reader.messages(['/fix']))[2]
        raw = next(reader.serialized(['/fix']))
    ours = typestore().deserialize_cdr(raw.data, raw.msgtype)
    assert raw.msgtype == 'sensor_msgs/msg/NavSatFix'
    assert not hasattr(ours.header, 'seq')
    assert (ours.latitude, ours.altitude, ours.header.frame_id) == (
        decoded.latitude, decoded.altitude, decoded.header.frame_id)


def test_ros1_type_that_ros2_does_not_know_keeps_its_layout(tmp_path):
    store = get_typestore(Stores.ROS1_NOETIC)
    definition = 'std_msgs/Header header\nuint32 number\n'
    store.register(get_types_from_msg(definition, 'our_msgs/msg/Numbered'))
    header = store.types['std_msgs/msg/Header'](
        7, store.types['builtin_interfaces/msg/Time'](5, 6), 'frame')
    message = store.types['our_msgs/msg/Numbered'](header, 42)
    with Rosbag1Writer(tmp_path / 'a.bag') as writer:
        connection = writer.add_connection('/n', 'our_msgs/msg/Numbered', typestore=store)
        writer.write(connection, 10, store.serialize_ros1(message, 'our_msgs/msg/Numbered'))
    with BagReader(tmp_path / 'a.bag') as reader:
        data = next(reader.serialized()).data
    # CDR: 4 bytes of encapsulation, stamp, string length, 'frame\0', padding, number.
    assert data[4:8] == (5).to_bytes(4, 'little')
    assert data[-4:] == (42).to_bytes(4, 'little')
    assert len(data) == 4 + 8 + 4 + 6 + 2 + 4


def test_serialised_messages_are_passed_on_unchanged(tmp_path):
    bag = write_sample(tmp_path / 'bag')
    with BagReader(bag) as reader:
        decoded = {topic: message for topic, _, message in reader.messages()}
        for message in reader.serialized():
            last = message.data if message.topic == '/imu' else None
            if last and message.log_ns == reader.end_ns:
                assert last == bytes(typestore().serialize_cdr(decoded['/imu'], message.msgtype))


def test_single_file_reads_like_its_folder(tmp_path):
    bag = write_sample(tmp_path / 'bag')
    with BagReader(bag) as folder, BagReader(bag / 'bag.mcap') as file:
        assert folder.topics == file.topics
        assert list(folder.serialized()) == list(file.serialized())


def test_split_bag_reads_as_one(tmp_path):
    whole = write_sample(tmp_path / 'first', count=10)
    other = write_sample(tmp_path / 'second', count=4)
    shutil.copy(other / 'second.mcap', whole / 'first_1.mcap')
    metadata = (whole / 'metadata.yaml')
    metadata.write_text(metadata.read_text().replace(
        '  - first.mcap\n', '  - first.mcap\n  - first_1.mcap\n'))
    with BagReader(whole) as reader:
        assert sum(1 for _ in reader.serialized(['/fix'])) == 14


def test_time_window_is_half_open(tmp_path):
    bag = write_sample(tmp_path / 'bag')
    with BagReader(bag) as reader:
        start = round((START + 0.2) * 1e9)
        found = list(reader.serialized(['/fix'], start_ns=start, stop_ns=start + 3 * 10**8))
    assert [message.log_ns - start for message in found] == [0, 10**8, 2 * 10**8]


def test_latched_topics_are_known(tmp_path):
    with BagReader(write_sample(tmp_path / 'bag')) as reader:
        assert {name for name, topic in reader.topics.items() if topic.latched} == {'/tf_static'}
        assert reader.topics['/imu'].qos.depth == 10
        assert reader.custom_data == {'map_origin': '49.0 8.0 100.0'}
        assert reader.topics_of_type('sensor_msgs/msg/NavSatFix') == ['/fix']


def test_unknown_topic_is_named(tmp_path):
    with BagReader(write_sample(tmp_path / 'bag')) as reader:
        with pytest.raises(RecordingError, match='has no topic /nope; it has /camera_info'):
            list(reader.serialized(['/nope']))


@pytest.mark.parametrize('keep', [0.02, 0.5, 0.95])
@pytest.mark.parametrize('storage, ending', [('mcap', 'mcap'), ('sqlite3', 'db3')])
def test_truncated_bag_is_one_sentence_naming_the_file(tmp_path, storage, ending, keep):
    bag = write_sample(tmp_path / 'bag', count=200, storage=storage)
    path = bag / f'bag.{ending}'
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * keep)])
    with pytest.raises(RecordingError) as caught:
        with BagReader(bag) as reader:
            for _ in reader.serialized():
                pass
    assert str(bag) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_truncated_ros1_bag_is_one_sentence_naming_the_file(tmp_path, shared_data):
    data = (shared_data / 'ros1_bag' / 'test1.bag').read_bytes()
    path = tmp_path / 'cut.bag'
    path.write_bytes(data[:len(data) // 2])
    with pytest.raises(RecordingError, match=r'cut\.bag'):
        with BagReader(path) as reader:
            list(reader.serialized())


@pytest.mark.parametrize('name, reason', [
    ('nothing', 'does not exist'), ('folder', 'no metadata.yaml'), ('notes.txt', 'is not a bag')])
def test_what_is_not_a_bag_is_refused(tmp_path, name, reason):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'notes.txt').write_text('hello')
    with pytest.raises(RecordingError, match=reason):
        BagReader(tmp_path / name)


def test_broken_metadata_is_one_sentence(tmp_path):
    bag = write_sample(tmp_path / 'bag')
    (bag / 'metadata.yaml').write_text('rosbag2_bagfile_information: {version: 9')
    with pytest.raises(RecordingError) as caught:
        BagReader(bag)
    assert str(bag) in str(caught.value)


def test_empty_bag_has_no_time(tmp_path):
    with BagReader(write_sample(tmp_path / 'bag', count=0)) as reader:
        assert reader.message_count == 1
        assert reader.duration_s == 0.0
