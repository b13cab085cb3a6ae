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

"""Trajectories and TUM files."""

import math

from evo.tools import file_interface
import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.recordings.trajectory import read_tum, Trajectory, write_tum


def straight(count=5):
    """Return a drive of one metre per second to the north-east, turning through the seam."""
    stamps = 100.0 + np.arange(count)
    yaw = np.array([math.pi - 0.25 + 0.1 * i for i in range(count)])
    yaw = (yaw + math.pi) % (2 * math.pi) - math.pi
    return Trajectory(stamps, np.stack([np.arange(count), 2.0 * np.arange(count), yaw], axis=1))


def test_file_comes_back(tmp_path):
    write_tum(tmp_path / 'a.tum', straight())
    back = read_tum(tmp_path / 'a.tum')
    assert np.array_equal(back.stamps, straight().stamps)
    assert np.allclose(back.poses, straight().poses, atol=1e-6)


def test_evo_reads_what_we_write(tmp_path):
    write_tum(tmp_path / 'a.tum', straight())
    theirs = file_interface.read_tum_trajectory_file(tmp_path / 'a.tum')
    assert np.allclose(theirs.positions_xyz[:, :2], straight().poses[:, :2])
    assert np.allclose([e[2] for e in theirs.get_orientations_euler()], straight().poses[:, 2])


def test_yaw_of_a_tilted_body_is_that_of_its_forward_axis(tmp_path):
    # Rz(0.5) Ry(0.3), so the forward axis projects onto yaw 0.5.
    cy, sy, cp, sp = math.cos(0.25), math.sin(0.25), math.cos(0.15), math.sin(0.15)
    (tmp_path / 'a.tum').write_text(f'1 0 0 0 {-sp * sy} {sp * cy} {cp * sy} {cp * cy}\n')
    assert read_tum(tmp_path / 'a.tum').poses[0, 2] == pytest.approx(0.5)


def test_interpolation_takes_the_shorter_arc():
    pose = straight().at(102.5, max_gap_s=1.0)
    assert (pose.x, pose.y) == (2.5, 5.0)
    assert abs(pose.yaw) == pytest.approx(math.pi)


@pytest.mark.parametrize('stamp', [99.9, 104.1])
def test_there_is_no_pose_outside(stamp):
    assert straight().at(stamp, max_gap_s=9.0) is None
    assert np.isnan(straight().sampled(np.array([stamp]), max_gap_s=9.0)).all()


def test_gaps_are_not_bridged():
    trajectory = Trajectory(np.array([0.0, 0.4, 2.0]), np.zeros((3, 3)))
    assert trajectory.at(0.2) is not None
    assert trajectory.at(1.0) is None
    assert trajectory.at(2.0) == Pose2(0, 0, 0)
    assert np.isnan(trajectory.sampled(np.array([0.2, 1.0, 2.0]))[:, 0]).tolist() == [
        False, True, False]


def test_sampling_many_equals_sampling_one_by_one():
    trajectory = straight()
    stamps = np.random.default_rng(1).uniform(99.0, 105.0, 200)
    many = trajectory.sampled(stamps, max_gap_s=2.0)
    for stamp, row in zip(stamps, many):
        single = trajectory.at(stamp, max_gap_s=2.0)
        if single is None:
            assert np.isnan(row).all()
        else:
            assert row[:2] == pytest.approx((single.x, single.y))
            assert math.cos(row[2] - single.yaw) == pytest.approx(1.0)


def test_nearest_pose_must_be_near_enough():
    assert straight().nearest(102.04) == 2
    assert straight().nearest(102.4) is None
    assert straight(0).nearest(1.0) is None


def test_empty_trajectory_is_allowed(tmp_path):
    write_tum(tmp_path / 'a.tum', straight(0))
    empty = read_tum(tmp_path / 'a.tum')
    assert len(empty) == 0 and empty.length_m == 0.0
    assert np.isnan(empty.sampled(np.array([1.0]))).all()


def test_unordered_poses_are_sorted_and_the_last_of_equals_stays():
    trajectory = Trajectory.from_poses(
        [(2.0, Pose2(2, 0, 0)), (1.0, Pose2(1, 0, 0)), (2.0, Pose2(3, 0, 0))])
    assert trajectory.poses[:, 0].tolist() == [1.0, 3.0]


@pytest.mark.parametrize('line, reason', [
    ('2 0 0 0 0 0', 'line 2 has 6 values'), ('2 0 0 0 0 0 0 x', 'line 2: could not convert'),
    ('2 0 nan 0 0 0 0 1', 'line 2: values must be finite'),
    ('2 0 0 0 0 0 0 2', 'line 2.*length is 2'), ('1 0 0 0 0 0 0 1', 'line 2.*does not follow')])
def test_wrong_line_is_named(tmp_path, line, reason):
    (tmp_path / 'a.tum').write_text(f'1 0 0 0 0 0 0 1\n{line}\n')
    with pytest.raises(RecordingError, match=rf'a\.tum {reason}'):
        read_tum(tmp_path / 'a.tum')


def test_missing_file_is_named(tmp_path):
    with pytest.raises(RecordingError, match=r'b\.tum cannot be read'):
        read_tum(tmp_path / 'b.tum')


def test_time_must_not_stand_still():
    with pytest.raises(RecordingError, match='number 2 is 1.0'):
        Trajectory(np.array([0.0, 1.0, 1.0]), np.zeros((3, 3)))
