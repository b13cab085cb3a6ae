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

"""True poses out of bags."""

import math

import numpy as np
import pytest
from small_bag import ORIGIN, pose_at, START, write_small_bag

from xview_loc.errors import DataSetError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.learning.data.bag_truth import course, read_true_track, TrueTrack
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.trajectory import Trajectory, write_tum

FRAME = LocalFrame(*ORIGIN)


def test_odometry_in_the_map_is_the_truth(tmp_path):
    with BagReader(write_small_bag(tmp_path / 'bag', 1.0)) as reader:
        track, frame = read_true_track(reader, '/truth', None, FRAME)
    assert frame is FRAME
    assert track.at([START + 0.51])[0] == pytest.approx([*pose_at(0.51).as_array(), 0.0, 0.0])


def test_precise_fixes_give_place_and_course_in_a_map_of_their_own(tmp_path):
    with BagReader(write_small_bag(tmp_path / 'bag', 4.0)) as reader:
        track, frame = read_true_track(reader, '/fix', None, None)
    assert (frame.latitude_deg, frame.longitude_deg) == pytest.approx(ORIGIN[:2])
    assert track.at([START + 2.0])[0] == pytest.approx(
        [*pose_at(2.0).as_array(), 0.0, 0.0], abs=2e-3)


def test_a_trajectory_wins_over_the_topic(tmp_path):
    write_tum(tmp_path / 'truth.tum', Trajectory(np.array([START, START + 0.4]),
                                                 np.array([[7.0, 7.0, 0.1], [8.0, 7.0, 0.1]])))
    with BagReader(write_small_bag(tmp_path / 'bag', 0.5)) as reader:
        track, _ = read_true_track(reader, '/truth', tmp_path / 'truth.tum', FRAME)
        with pytest.raises(DataSetError, match='does not tell the origin'):
            read_true_track(reader, '/truth', None, None)
        with pytest.raises(DataSetError, match='no topic of true poses'):
            read_true_track(reader, '', None, FRAME)
        with pytest.raises(DataSetError, match='/tf_static of .* holds no poses'):
            read_true_track(reader, '/tf_static', None, FRAME)
    assert track.at([START + 0.2])[0, :3] == pytest.approx([7.5, 7.0, 0.1])


def test_nothing_is_known_outside_and_in_wide_gaps():
    track = TrueTrack(np.array([0.0, 0.4, 2.0]), np.zeros((3, 5)))
    known = np.isfinite(track.at([-0.1, 0.0, 0.2, 0.4, 1.0, 2.0, 2.1])).all(axis=1)
    assert known.tolist() == [False, True, True, True, False, False, False]
    assert np.isnan(TrueTrack(np.array([1.0]), np.zeros((1, 5))).at([1.0])).all()


def test_angles_go_the_short_way_round():
    poses = np.zeros((2, 5))
    poses[:, 2] = 3.1, -3.1
    yaw = TrueTrack(np.array([0.0, 0.1]), poses).at([0.05])[0, 2]
    assert abs(yaw) == pytest.approx(math.pi)


def test_stamps_are_sorted_and_doubles_dropped():
    track = TrueTrack(np.array([2.0, 1.0, 2.0]), np.arange(15.0).reshape(3, 5))
    assert track.stamps.tolist() == [1.0, 2.0]
    assert track.poses[:, 0].tolist() == [5.0, 0.0]


def test_who_stands_has_no_course():
    stamps = np.arange(0.0, 6.0, 0.2)
    places = np.stack([np.minimum(stamps, 3.0) * 4.0, np.zeros_like(stamps)], axis=1)
    yaw = course(stamps, places)
    assert (yaw[stamps < 3.0] == 0.0).all()
    assert np.isnan(yaw[stamps > 3.6]).all()
