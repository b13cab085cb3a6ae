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

"""Trajectories for other programs."""

import json
from xml.etree import ElementTree

from evo.tools import file_interface
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.trajectory import Trajectory
from xview_loc.recordings.trajectory_files import read_trajectory, write_trajectory

FRAME = LocalFrame(49.0, 8.4, 110.0)
DRIVE = Trajectory(1_700_000_000.25 + np.arange(4.0),
                   np.array([[0, 0, 0], [10, 5, 0.5], [20, 10, 1.0], [30, 20, -3.0]], float))


def test_tum_comes_back(tmp_path):
    write_trajectory(tmp_path / 'a.tum', DRIVE)
    back = read_trajectory(tmp_path / 'a.tum')
    assert np.allclose(back.poses, DRIVE.poses, atol=1e-6)


def test_evo_reads_our_kitti_file(tmp_path):
    write_trajectory(tmp_path / 'a.kitti', DRIVE)
    theirs = file_interface.read_kitti_poses_file(tmp_path / 'a.kitti')
    assert np.allclose(theirs.positions_xyz[:, :2], DRIVE.poses[:, :2], atol=1e-6)
    assert np.allclose([angles[2] for angles in theirs.get_orientations_euler()],
                       DRIVE.poses[:, 2], atol=1e-6)


def test_geojson_is_longitude_first_and_comes_back_to_a_centimetre(tmp_path):
    write_trajectory(tmp_path / 'drive.geojson', DRIVE, FRAME)
    feature = json.loads((tmp_path / 'drive.geojson').read_text())['features'][0]
    longitude, latitude = np.array(feature['geometry']['coordinates']).T
    x, y, _ = FRAME.map_from_geodetic(latitude, longitude)
    assert np.hypot(x - DRIVE.poses[:, 0], y - DRIVE.poses[:, 1]).max() < 0.01
    assert feature['properties']['coordTimes'][0] == '2023-11-14T22:13:20.250Z'
    assert feature['properties']['name'] == 'drive'


def test_kml_has_a_time_and_a_place_for_every_pose(tmp_path):
    write_trajectory(tmp_path / 'a.kml', DRIVE, FRAME)
    root = ElementTree.parse(tmp_path / 'a.kml').getroot()
    when = [node.text for node in root.iter('{http://www.opengis.net/kml/2.2}when')]
    places = [node.text.split() for node in
              root.iter('{http://www.google.com/kml/ext/2.2}coord')]
    assert when[-1] == '2023-11-14T22:13:23.250Z'
    longitude, latitude = (np.array(column, float) for column in list(zip(*places))[:2])
    x, y, _ = FRAME.map_from_geodetic(latitude, longitude)
    assert np.hypot(x - DRIVE.poses[:, 0], y - DRIVE.poses[:, 1]).max() < 0.01


@pytest.mark.parametrize('name', ['a.geojson', 'a.kml'])
def test_places_on_the_earth_need_the_origin(tmp_path, name):
    with pytest.raises(RecordingError, match=f'{name} needs the origin of the map'):
        write_trajectory(tmp_path / name, DRIVE)


def test_unknown_ending_is_refused(tmp_path):
    with pytest.raises(RecordingError, match=r'a\.gpx has no known ending'):
        write_trajectory(tmp_path / 'a.gpx', DRIVE)


def test_a_line_needs_two_poses(tmp_path):
    one = Trajectory(DRIVE.stamps[:1], DRIVE.poses[:1])
    with pytest.raises(RecordingError, match='at least two poses'):
        write_trajectory(tmp_path / 'a.geojson', one, FRAME)


def test_files_without_stamps_cannot_be_compared(tmp_path):
    write_trajectory(tmp_path / 'a.kitti', DRIVE)
    with pytest.raises(RecordingError, match=r'a\.kitti cannot be compared'):
        read_trajectory(tmp_path / 'a.kitti')
