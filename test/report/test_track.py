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

"""Tracks: order, interpolation, frames."""

import math

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.report.track import Track


def test_interpolation_takes_the_shorter_arc():
    track = Track(np.array([0.0, 1.0]), [[0.0, 0.0, 3.0], [2.0, 4.0, -3.0]])
    x, y, yaw = track.at(np.array([0.5]))[0]
    assert (x, y) == pytest.approx((1.0, 2.0))
    assert abs(yaw) == pytest.approx(math.pi)


def test_a_stamp_of_the_track_gives_its_pose_exactly():
    track = Track(np.array([0.0, 1.0, 9.0]), [[1.0, 2.0, 0.1], [3.0, 4.0, 0.2], [5.0, 6.0, 0.3]])
    assert track.at(track.stamps) == pytest.approx(track.poses, abs=1e-12)


def test_outside_and_inside_wide_gaps_nothing_is_known():
    track = Track(np.array([0.0, 1.0, 9.0]), np.zeros((3, 3)))
    known = np.isfinite(track.at(np.array([-0.1, 0.5, 5.0, 9.1]), max_gap_s=2.0)).all(axis=1)
    assert known.tolist() == [False, True, False, False]


def test_unknown_yaw_does_not_spoil_positions():
    track = Track(np.array([0.0, 1.0]), [[0.0, 0.0, np.nan], [2.0, 4.0, np.nan]])
    assert track.at(np.array([0.5]))[0, :2] == pytest.approx([1.0, 2.0])


def test_an_empty_track_knows_nothing():
    assert np.isnan(Track(np.empty(0), np.empty((0, 3))).at(np.array([1.0]))).all()


def test_samples_in_any_order_are_sorted_and_the_last_of_equal_stamps_stays():
    track = Track.from_unordered([2.0, 1.0, 2.0], [[2, 0, 0], [1, 0, 0], [3, 0, 0]],
                                 np.stack([2.0 * np.eye(3), np.eye(3), 3.0 * np.eye(3)]))
    assert track.stamps.tolist() == [1.0, 2.0]
    assert track.poses[:, 0].tolist() == [1.0, 3.0]
    assert track.covariances[:, 0, 0].tolist() == [1.0, 3.0]


def test_no_samples_give_an_empty_track():
    assert len(Track.from_unordered([], np.empty((0, 3)))) == 0


def test_moving_is_composition():
    track = Track(np.array([0.0]), [[1.0, 2.0, 0.3]])
    move = Pose2(5.0, -1.0, 0.7)
    assert track.moved(move).poses[0] == pytest.approx(
        (move @ Pose2(1.0, 2.0, 0.3)).as_array())


@pytest.mark.parametrize('stamps, poses, covariances', [
    (np.array([0.0, 0.0]), np.zeros((2, 3)), None),
    (np.array([1.0, 0.0]), np.zeros((2, 3)), None),
    (np.array([0.0]), np.zeros((2, 3)), None),
    (np.array([0.0, 1.0]), np.zeros((2, 3)), np.zeros((3, 3))),
])
def test_what_is_no_track_is_refused(stamps, poses, covariances):
    with pytest.raises(RecordingError):
        Track(stamps, poses, covariances)
