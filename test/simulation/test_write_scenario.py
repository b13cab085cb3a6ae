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

"""A simulated drive in files: bag, tiles, truth and parameters that belong together."""

import hashlib
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from street_world import street_scenario
import yaml

from xview_loc.errors import ConfigurationError, RecordingError
from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.open_imagery import open_imagery
from xview_loc.recordings.trajectory import read_tum
from xview_loc.simulation.scenario import get_scenario, local_frame
from xview_loc.simulation.write_scenario import make_world, simulate

RATES = {'/image/compressed': 10, '/camera_info': 10, '/odometry/filtered': 50, '/imu': 50,
         '/truth': 50, '/fix': 5}


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    """Simulate two seconds on a small street."""
    calls = []
    out = tmp_path_factory.mktemp('simulated') / 'a' / 'drive'
    files = simulate(street_scenario(2.0), 5, out, lambda *step: calls.append(step))
    return files, calls


def messages(path: Path, topic: str):
    """Return all messages of a topic."""
    with AnyReader([path]) as reader:
        connections = [c for c in reader.connections if c.topic == topic]
        return [reader.deserialize(raw, connection.msgtype)
                for connection, _, raw in reader.messages(connections)]


def seconds(message):
    """Return the stamp in a header."""
    return message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec


@pytest.mark.parametrize('topic, rate', RATES.items())
def test_every_topic_has_its_rate(drive, topic, rate):
    stamps = [seconds(message) for message in messages(drive[0].bag, topic)]
    assert len(stamps) == 2 * rate + 1
    assert np.diff(stamps) == pytest.approx(1.0 / rate, abs=1e-6)


def test_frames_are_those_that_ros_expects(drive):
    odometry, truth = (messages(drive[0].bag, topic)[3]
                       for topic in ('/odometry/filtered', '/truth'))
    assert (odometry.header.frame_id, odometry.child_frame_id) == ('odom', 'base_link')
    assert (truth.header.frame_id, truth.child_frame_id) == ('map', 'base_link')
    edge = messages(drive[0].bag, '/tf_static')[0].transforms[0]
    image = messages(drive[0].bag, '/image/compressed')[0]
    assert (edge.header.frame_id, edge.child_frame_id) == ('base_link', image.header.frame_id)
    assert edge.transform.translation.z == 1.6


def test_images_are_jpeg_of_the_size_in_camera_info(drive):
    info = messages(drive[0].bag, '/camera_info')[0]
    image = messages(drive[0].bag, '/image/compressed')[-1]
    assert image.format == 'jpeg'
    assert cv2.imdecode(image.data, cv2.IMREAD_COLOR).shape == (info.height, info.width, 3)
    assert info.k[0] == pytest.approx(320.0 / math.tan(math.radians(40.0)))


def test_fixes_scatter_around_the_truth(drive):
    frame = local_frame()
    truth = read_tum(drive[0].truth)
    for fix in messages(drive[0].bag, '/fix'):
        x, y, _ = frame.map_from_geodetic(fix.latitude, fix.longitude)
        pose = truth.at(seconds(fix))
        assert math.hypot(x - pose.x, y - pose.y) < 20.0
        assert fix.position_covariance[0] == pytest.approx(2.8 ** 2)


def test_the_truth_file_and_the_truth_topic_agree(drive):
    truth = read_tum(drive[0].truth)
    for message in messages(drive[0].bag, '/truth'):
        pose, point = truth.at(seconds(message)), message.pose.pose.position
        assert math.hypot(pose.x - point.x, pose.y - point.y) < 1e-3


def test_tiles_cover_the_drive_at_a_quarter_metre_or_finer(drive):
    source = open_imagery(drive[0].tiles)
    pose = read_tum(drive[0].truth).pose(0)
    patch = source.read_patch(PatchGeometry(pose.x, pose.y, 0.25, 200, 240), local_frame())
    assert source.metres_per_pixel_at(48.9, 8.5) <= 0.25
    assert patch.valid.all() and patch.image.std() > 15.0


def test_the_parameters_name_the_tiles_the_datum_and_the_camera(drive):
    text = drive[0].config.read_text()
    parameters = yaml.safe_load(text)
    camera = parameters['/**/image_batcher']['ros__parameters']['camera']
    tiles = parameters['/**/tile_manager']['ros__parameters']
    place = get_scenario('urban').mounting
    assert (camera['z'], camera['pitch']) == (place.z, place.pitch)
    assert Path(tiles['imagery']) == drive[0].tiles.resolve()
    assert tiles['map_origin'] == [48.9, 8.5, 150.0]
    assert '&' not in text and '*id' not in text  # ROS reads no YAML aliases


def test_progress_ends_at_the_whole_of_each_work(drive):
    last = {work: (done, total) for work, done, total in drive[1]}
    assert set(last) == {'city', 'orthophoto', 'drive'}
    assert all(done == total for done, total in last.values())


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(drive, tmp_path):
    again = simulate(street_scenario(2.0), 5, tmp_path / 'again')
    other = make_world(street_scenario(2.0), 6)
    first = [hashlib.sha256(message.data.tobytes()).hexdigest()
             for message in messages(drive[0].bag, '/image/compressed')]
    second = [hashlib.sha256(message.data.tobytes()).hexdigest()
              for message in messages(again.bag, '/image/compressed')]
    assert first == second
    assert again.truth.read_bytes() == drive[0].truth.read_bytes()
    assert other.city.buildings != make_world(street_scenario(2.0), 5).city.buildings


def test_raw_images_are_written_on_request(tmp_path):
    files = simulate(street_scenario(0.1), 5, tmp_path / 'raw', compressed=False)
    image = messages(files.bag, '/image')[0]
    assert (image.encoding, image.height, image.width, image.step) == ('rgb8', 256, 640, 1920)
    batcher = yaml.safe_load(files.config.read_text())['/**/image_batcher']
    assert batcher['ros__parameters']['image_transport'] == 'raw'


def test_a_folder_with_a_drive_is_not_written_over(drive):
    before = drive[0].tiles.read_bytes()
    with pytest.raises(RecordingError, match='exists already'):
        simulate(street_scenario(1.0), 5, drive[0].bag.parent)
    assert drive[0].tiles.read_bytes() == before


def test_an_unknown_scenario_leaves_no_folder_behind(tmp_path):
    with pytest.raises(ConfigurationError, match='no scenario'):
        simulate('moon', 1, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


@pytest.mark.ros
def test_the_nodes_know_every_parameter_that_is_written(drive):
    from xview_loc.ros.image_batcher_config import ImageBatcherConfig
    from xview_loc.ros.parameters import table_of
    from xview_loc.ros.tile_manager_config import TileManagerConfig
    written = yaml.safe_load(drive[0].config.read_text())
    for node, config in (('image_batcher', ImageBatcherConfig),
                         ('tile_manager', TileManagerConfig)):
        rows = {row.name: row for row in table_of(config)}
        for name, value in flat(written[f'/**/{node}']['ros__parameters']):
            assert name in rows
            assert not isinstance(rows[name].default, float) or isinstance(value, float)


def flat(tree, prefix=''):
    """Return dotted names and values of nested parameters."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f'{prefix}{name}.')
        else:
            yield f'{prefix}{name}', value
