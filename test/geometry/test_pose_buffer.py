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

"""Poses between, beyond and around what the odometry said."""

import math

import pytest

from xview_loc.errors import GeometryError
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

SPEED, YAW_RATE = 10.0, 0.5


def on_the_circle(stamp: float) -> Pose2:
    """Return the pose of a vehicle that drives a circle to the left from the origin."""
    radius, yaw = SPEED / YAW_RATE, YAW_RATE * stamp
    return Pose2(radius * math.sin(yaw), radius * (1.0 - math.cos(yaw)),
                 (yaw + math.pi) % (2.0 * math.pi) - math.pi)


def circling(*stamps: float, max_gap_s: float = 0.5) -> PoseBuffer:
    """Return a buffer of poses on the circle."""
    buffer = PoseBuffer(max_gap_s=max_gap_s)
    for stamp in stamps:
        buffer.add(stamp, on_the_circle(stamp))
    return buffer


def assert_same(pose, expected):
    """Compare poses on the circle of yaw."""
    assert pose is not None
    assert (pose.x, pose.y) == pytest.approx((expected.x, expected.y), abs=1e-9)
    assert math.cos(pose.yaw - expected.yaw) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize('stamp', [0.1, 0.17, 6.2, 6.29, 6.35])
def test_between_poses_the_vehicle_follows_its_arc_also_across_west(stamp):
    buffer = circling(0.1, 0.3, 6.2, 6.4)

    assert_same(buffer.at(stamp), on_the_circle(stamp))


def test_a_straight_drive_is_interpolated_straight():
    buffer = PoseBuffer()
    buffer.add(0.0, Pose2(0.0, 0.0, 0.3))
    buffer.add(0.4, Pose2(4.0, 2.0, 0.3))

    assert_same(buffer.at(0.1), Pose2(1.0, 0.5, 0.3))


def test_turning_on_the_spot_does_not_move():
    buffer = PoseBuffer()
    buffer.add(0.0, Pose2(5.0, 6.0, 0.0))
    buffer.add(0.4, Pose2(5.0, 6.0, 3.0))

    assert_same(buffer.at(0.1), Pose2(5.0, 6.0, 0.75))


def test_a_half_turn_is_interpolated_without_dividing_by_zero():
    buffer = PoseBuffer()
    buffer.add(0.0, Pose2(0.0, 0.0, 0.0))
    buffer.add(0.4, Pose2(0.0, 2.0, math.pi))

    middle = buffer.at(0.2)
    assert (abs(middle.x), middle.y) == pytest.approx((1.0, 1.0))


def test_the_last_arc_goes_on_only_as_far_as_allowed():
    buffer = circling(0.1, 0.2)

    assert buffer.at(0.25) is None
    assert_same(buffer.at(0.25, 0.1), on_the_circle(0.25))
    assert buffer.at(0.31, 0.1) is None


def test_nothing_is_known_before_the_first_pose():
    assert circling(1.0, 1.1).at(0.99, 10.0) is None
    assert PoseBuffer().at(1.0, 10.0) is None


def test_a_single_pose_stands_still():
    assert_same(circling(1.0).at(1.05, 0.1), on_the_circle(1.0))


def test_after_a_gap_the_motion_is_not_continued():
    assert_same(circling(1.0, 9.0).at(9.05, 0.1), on_the_circle(9.0))


def test_gaps_are_not_bridged_but_their_ends_are_known():
    buffer = circling(1.0, 1.6)

    assert buffer.at(1.3) is None
    assert_same(buffer.at(1.0), on_the_circle(1.0))
    assert_same(buffer.at(1.6), on_the_circle(1.6))
    assert_same(circling(1.0, 1.6, max_gap_s=0.7).at(1.3), on_the_circle(1.3))


def test_the_increment_is_the_later_pose_seen_from_the_earlier():
    increment = circling(0.0, 0.2, 0.4, 0.6, 0.8, 1.0).increment(0.3, 0.9)

    assert_same(increment, on_the_circle(0.6))


def test_the_increment_back_is_the_inverse():
    buffer = circling(0.0, 0.2, 0.4)

    assert_same(buffer.increment(0.4, 0.1), buffer.increment(0.1, 0.4).inverse())


def test_there_is_no_increment_from_or_to_an_unknown_time():
    buffer = circling(1.0, 1.2)

    assert buffer.increment(0.9, 1.1) is None
    assert buffer.increment(1.1, 1.3) is None
    assert_same(buffer.increment(1.1, 1.25, 0.1), on_the_circle(0.15))


def test_poses_that_arrive_late_are_used():
    assert_same(circling(1.0, 1.4, 1.2).at(1.3), on_the_circle(1.3))


@pytest.mark.parametrize('pose', [
    Pose2(math.nan, 0.0, 0.0), Pose2(0.0, math.inf, 0.0), Pose2(0.0, 0.0, math.nan)])
def test_a_pose_that_is_not_finite_is_refused_and_nothing_is_lost(pose):
    buffer = circling(1.0, 1.1)

    with pytest.raises(GeometryError, match='not finite'):
        buffer.add(1.2, pose)
    assert buffer.span == (1.0, 1.1)


@pytest.mark.parametrize('settings', [{'duration_s': 0.0}, {'max_gap_s': -1.0}])
def test_durations_must_be_positive(settings):
    with pytest.raises(GeometryError, match='positive'):
        PoseBuffer(**settings)
