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

"""The prior is the newest knowledge moved to the time of the image, honestly widened."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros.prior_source import LARGEST_SPEED, PriorSource

COVARIANCE = np.diag([0.04, 0.09, 0.0004])


def straight_odometry(speed=10.0, start=0.0, end=5.0):
    """Return odometry that drives along its own x axis."""
    buffer = PoseBuffer()
    for stamp in np.arange(start, end + 1e-9, 0.05):
        buffer.add(float(stamp), Pose2(speed * stamp, 0.0, 0.0))
    return buffer


def test_a_pose_is_moved_by_the_odometry_in_its_own_direction():
    source = PriorSource(5.0)
    source.set_pose(1.0, Pose2(100.0, 200.0, math.pi / 2.0), COVARIANCE)
    prior = source.candidates(1.5, straight_odometry())[0]
    assert (prior.pose.x, prior.pose.y) == pytest.approx((100.0, 205.0))
    assert prior.yaw_known
    assert prior.age_s == pytest.approx(0.5)


def test_yaw_uncertainty_becomes_sideways_uncertainty():
    source = PriorSource(5.0)
    source.set_pose(1.0, Pose2(0.0, 0.0, 0.0), COVARIANCE)
    prior = source.candidates(2.0, straight_odometry())[0]
    drift = (0.03 * 10.0) ** 2
    assert prior.covariance[0, 0] == pytest.approx(0.04 + drift)
    assert prior.covariance[1, 1] == pytest.approx(0.09 + 100.0 * 0.0004 + drift)
    assert prior.position_sigma == pytest.approx(math.sqrt(0.09 + 0.04 + drift), rel=0.05)


def test_an_image_older_than_the_pose_moves_it_back():
    source = PriorSource(5.0)
    source.set_pose(2.0, Pose2(0.0, 0.0, 0.0), COVARIANCE)
    assert source.candidates(1.5, straight_odometry())[0].pose.x == pytest.approx(-5.0)


def test_without_odometry_the_pose_stays_and_widens_by_the_largest_speed():
    source = PriorSource(5.0)
    source.set_pose(1.0, Pose2(3.0, 4.0, 0.5), COVARIANCE)
    prior = source.candidates(1.25, PoseBuffer())[0]
    assert prior.pose == Pose2(3.0, 4.0, 0.5)
    assert prior.position_sigma > 0.25 * LARGEST_SPEED


def test_before_any_pose_a_fix_gives_the_place_but_no_yaw():
    source = PriorSource(5.0)
    source.set_fix(1.0, 30.0, 40.0, np.diag([4.0, 9.0]))
    prior = source.candidates(1.2, straight_odometry())[0]
    assert (prior.pose.x, prior.pose.y, prior.source) == (30.0, 40.0, 'fix')
    assert not prior.yaw_known
    assert math.isinf(prior.yaw_sigma)
    assert prior.position_sigma == pytest.approx(math.sqrt(9.0 + 2.0 ** 2))


def test_a_fresh_pose_wins_over_a_fix_and_a_stale_one_does_not():
    source = PriorSource(1.0)
    source.set_pose(1.0, Pose2(0.0, 0.0, 0.0), COVARIANCE)
    source.set_fix(2.5, 30.0, 40.0, np.eye(2))
    assert source.candidates(1.5, straight_odometry())[0].source == 'pose'
    assert source.candidates(2.6, straight_odometry())[0].source == 'fix'
    assert source.candidates(4.0, straight_odometry()) == []


def test_after_clearing_nothing_is_known():
    source = PriorSource(5.0)
    source.set_pose(1.0, Pose2(0.0, 0.0, 0.0), COVARIANCE)
    source.clear()
    assert source.candidates(1.0, straight_odometry()) == []


def test_fixes_and_odometry_joined_give_a_yaw_before_any_pose():
    source = PriorSource(5.0, joins=True)
    odometry = straight_odometry()
    for stamp in np.arange(0.0, 4.6, 0.5):
        source.set_fix(float(stamp), 7.0, 40.0 + 10.0 * stamp, np.diag([0.04, 0.04]))
    driven, fix = source.candidates(4.7, odometry)
    assert (driven.source, fix.source) == ('driven', 'fix')
    assert driven.yaw_known and not fix.yaw_known
    assert driven.pose.yaw == pytest.approx(math.pi / 2.0, abs=0.05)
    assert (driven.pose.x, driven.pose.y) == pytest.approx((7.0, 87.0), abs=0.3)


def test_joined_fixes_wait_for_odometry_and_start_anew_when_time_goes_back():
    source = PriorSource(5.0, joins=True)
    for stamp in np.arange(0.0, 9.1, 0.5):
        source.set_fix(float(stamp), 0.0, 10.0 * stamp, np.diag([0.04, 0.04]))
    driven = source.candidates(6.0, straight_odometry())[0]
    assert driven.source == 'driven' and driven.age_s == pytest.approx(1.0)
    source.set_fix(1.0, 0.0, 0.0, np.eye(2))
    assert [prior.source for prior in source.candidates(1.0, straight_odometry())] == ['fix']
