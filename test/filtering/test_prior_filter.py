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

"""The prior from odometry and GNSS."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.filtering.filter_config import GnssConfig, MotionNoise
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.motion_model import Motion, MotionModel
from xview_loc.filtering.pose_estimate import Health
from xview_loc.filtering.prior_filter import PriorFilter
from xview_loc.geometry.pose2 import Pose2


def drive(seconds, jump_at=None, seed=0):
    """Drive a curve with a fix of 1 m a second; return the filter and the truth."""
    generator = np.random.default_rng(seed)
    prior = PriorFilter(MotionModel(MotionNoise(), GnssErrorModel(GnssConfig())))
    truth, step = Pose2(30.0, 40.0, 2.0), Pose2(1.0, 0.0, 0.02)
    for k in range(10 * seconds):
        if k % 10 == 0:
            x, y = generator.normal((truth.x, truth.y), 1.0)
            x += 500.0 if k == jump_at else 0.0
            prior.correct(GnssFix(0.1 * k, float(x), float(y), np.eye(2)))
        truth = truth @ step
        prior.predict(Motion(step, 0.1))
    return prior, truth


def test_there_is_no_pose_before_the_vehicle_has_moved():
    prior = PriorFilter(MotionModel(MotionNoise(), GnssErrorModel(GnssConfig())))
    prior.correct(GnssFix(0.0, 1.0, 2.0, np.eye(2)))
    assert prior.estimate is None


def test_it_finds_the_yaw_on_a_curve_and_follows():
    prior, truth = drive(40)
    estimate = prior.estimate
    assert estimate.pose.distance_to(truth) < 1.0
    assert abs(math.remainder(estimate.pose.yaw - truth.yaw, 2.0 * math.pi)) < math.radians(5.0)
    assert estimate.stamp == pytest.approx(40.0)


def test_it_never_claims_more_than_a_biased_receiver_allows():
    prior, _ = drive(40)
    assert prior.estimate.position_std > 2.9
    assert prior.estimate.health is Health.UNCERTAIN


def test_a_single_jump_of_the_fix_is_ignored():
    prior, truth = drive(40, jump_at=300)
    assert prior.estimate.pose.distance_to(truth) < 1.5
