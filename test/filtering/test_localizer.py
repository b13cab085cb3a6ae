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

"""The localizer as a whole, on likelihoods with a known peak."""

from __future__ import annotations

import math

from fake_likelihood import likelihood_around
import numpy as np
import pytest

from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.localizer import Localizer
from xview_loc.filtering.pose_estimate import Health
from xview_loc.geometry.pose2 import Pose2


def drive(localizer, seconds, *, images=True, flat=False, bias=(2.0, 0.0), seed=3, delay=None):
    """Drive a curve at 10 m/s with 5 Hz images and 1 Hz fixes; return truth at the end."""
    generator = np.random.default_rng(seed)
    truth, odometry = Pose2(100.0, 50.0, 0.7), Pose2(0.0, 0.0, 0.0)
    for k in range(1, int(seconds * 20) + 1):
        stamp = k * 0.05
        step = Pose2(0.5, 0.0, 0.005 * math.sin(0.3 * stamp))
        truth, odometry = truth @ step, odometry @ step
        localizer.add_odometry(stamp, odometry)
        if k % 20 == 0:
            noise = generator.normal(0.0, 1.5, 2)
            localizer.add_fix(GnssFix(stamp, truth.x + bias[0] + noise[0],
                                      truth.y + bias[1] + noise[1], 2.25 * np.eye(2)))
        if images and k % 4 == 0:
            peak = truth @ Pose2(*generator.normal(0.0, 0.2, 2), generator.normal(0.0, 0.02))
            localizer.add_likelihood(likelihood_around(
                stamp, Pose2(round(truth.x), round(truth.y), 0.0), peak, flat=flat))
        localizer.update(stamp)
    return truth


def test_there_is_no_pose_before_the_first_measurement():
    localizer = Localizer()
    assert localizer.update(1.0) == []
    assert localizer.predict_at(1.0) is None
    assert localizer.map_from_odom is None
    assert localizer.particles.shape == (0, 3)


def test_a_biased_fix_with_unknown_yaw_and_three_images_converge():
    localizer = Localizer()
    truth = Pose2(10.0, -4.0, 2.0)
    odometry = Pose2(0.0, 0.0, 0.0)
    localizer.add_odometry(0.0, odometry)
    localizer.add_fix(GnssFix(0.0, truth.x + 2.0, truth.y - 1.0, 2.25 * np.eye(2)))
    for k in range(1, 4):
        step = Pose2(4.0, 0.0, 0.0)
        truth, odometry = truth @ step, odometry @ step
        localizer.add_odometry(0.4 * k, odometry)
        localizer.add_likelihood(likelihood_around(0.4 * k, Pose2(12.0, 0.0, 0.0), truth))
    estimate = localizer.update(1.5)[-1]
    assert estimate.health is Health.CONVERGED
    assert estimate.stamp == 0.4 * 3
    assert truth.distance_to(estimate.pose) < 0.6


def test_a_constant_gnss_bias_does_not_drag_the_pose_and_ends_in_the_offset():
    localizer = Localizer()
    truth = drive(localizer, 40.0)
    estimate = localizer.predict_at(40.0)
    assert estimate.health is Health.CONVERGED
    assert truth.distance_to(estimate.pose) < 0.5
    assert estimate.imagery_offset == pytest.approx([2.0, 0.0], abs=0.8)


@pytest.mark.parametrize('images', [False, True])
def test_without_information_in_the_images_it_never_says_converged(images):
    localizer = Localizer()
    drive(localizer, 30.0, images=images, flat=True)
    estimate = localizer.predict_at(30.0)
    assert estimate.health in (Health.UNCERTAIN, Health.INITIALISING)
    assert estimate.position_std > 2.0


def test_the_correction_of_the_odometry_gives_the_present_pose():
    localizer = Localizer()
    drive(localizer, 10.0)
    odometry = localizer._odometry.at(10.0)
    present = localizer.map_from_odom @ odometry
    assert present.distance_to(localizer.predict_at(10.0).pose) < 0.05


def test_reset_forgets_and_reinitialize_starts_again_around_the_last_fix():
    localizer = Localizer()
    truth = drive(localizer, 10.0)
    localizer.reinitialize()
    localizer.update(11.0)
    assert localizer.estimate.health is Health.INITIALISING
    assert truth.distance_to(localizer.predict_at(10.0).pose) < 15.0
    localizer.reset()
    assert localizer.estimate is None


def test_a_clock_that_jumps_back_resets_the_filter():
    localizer = Localizer(FilterConfig())
    drive(localizer, 10.0)
    localizer.update(0.5)
    assert localizer.estimate is None
    assert localizer.statistics.counts.time_jumps == 1
