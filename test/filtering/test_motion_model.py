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

"""Motion of particles."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.filtering.belief import Belief, Row
from xview_loc.filtering.filter_config import FilterConfig, GnssConfig, MotionNoise
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.motion_model import Motion, MotionModel
from xview_loc.filtering.particle_population import gaussian_poses, new_states
from xview_loc.filtering.posterior_modes import moments
from xview_loc.geometry.pose2 import Pose2

COUNT = 40_000


def make_belief(pose=Pose2(0.0, 0.0, 0.0), covariance=None, seed=0):
    generator = np.random.default_rng(seed)
    covariance = np.zeros((3, 3)) if covariance is None else covariance
    states = new_states(gaussian_poses(pose, covariance, COUNT, generator), FilterConfig(),
                        generator)
    return Belief(0.0, states, np.full(COUNT, 1.0 / COUNT), np.eye(4))


def model(**noise):
    return MotionModel(MotionNoise(**noise), GnssErrorModel(GnssConfig()))


def drive(belief, motions, motion_model=None):
    generator = np.random.default_rng(1)
    for motion in motions:
        belief = (motion_model or model()).predict(belief, motion, generator)
    return belief


@pytest.mark.parametrize('increment', [
    Pose2(10.0, 0.0, 0.0), Pose2(-3.0, 0.0, 0.0), Pose2(5.0, 1.0, 0.4), Pose2(0.0, 0.0, 1.0)])
def test_the_mean_follows_the_odometry(increment):
    start = Pose2(100.0, -20.0, 2.5)
    mean, _ = moments(*_particles(drive(make_belief(start), [Motion(increment, 1.0)])))
    expected = start @ increment
    assert mean.distance_to(expected) < 0.02
    assert abs(math.remainder(mean.yaw - expected.yaw, 2.0 * math.pi)) < 0.002


def test_the_spread_does_not_depend_on_how_the_way_is_cut():
    whole = drive(make_belief(), [Motion(Pose2(2.0, 0.0, 0.1), 1.0)] * 4)
    cut = drive(make_belief(), [Motion(Pose2(0.4, 0.0, 0.02), 0.2)] * 20)
    first, second = (moments(*_particles(belief))[1] for belief in (whole, cut))
    np.testing.assert_allclose(np.diag(first), np.diag(second), rtol=0.1)


def test_the_scale_error_persists():
    far = drive(make_belief(), [Motion(Pose2(5.0, 0.0, 0.0), 0.5)] * 20)
    x, scale = far.states[Row.X], far.states[Row.SCALE]
    assert x.std() == pytest.approx(100.0 * MotionNoise().scale, rel=0.1)
    assert np.corrcoef(x, scale)[0, 1] > 0.95


def test_standing_still_adds_next_to_nothing():
    mean, covariance = moments(*_particles(
        drive(make_belief(), [Motion(Pose2(0.0, 0.0, 0.0), 1.0)] * 60)))
    assert math.sqrt(covariance[0, 0]) < 0.1
    assert math.sqrt(covariance[2, 2]) < math.radians(0.5)


def test_without_odometry_the_pose_diffuses():
    _, covariance = moments(*_particles(drive(make_belief(), [Motion(None, 4.0)])))
    assert math.sqrt(covariance[0, 0]) == pytest.approx(2.0 * MotionNoise().unknown_speed,
                                                        rel=0.05)


def test_the_linearised_motion_matches_the_sampled_one():
    start, spread = Pose2(3.0, 4.0, 0.6), np.diag([0.2, 0.1, 0.02]) ** 2
    motion = Motion(Pose2(3.0, 0.2, 0.1), 0.4)
    mean, covariance = model().propagated(start, spread, motion)
    sampled_mean, sampled = moments(*_particles(drive(make_belief(start, spread), [motion])))
    assert mean.distance_to(sampled_mean) < 0.01
    np.testing.assert_allclose(np.diag(covariance), np.diag(sampled), rtol=0.1)
    assert covariance[1, 2] == pytest.approx(sampled[1, 2], rel=0.2)


def test_the_inputs_stay_untouched():
    belief = make_belief()
    before = belief.states.copy()
    drive(belief, [Motion(Pose2(1.0, 0.0, 0.0), 0.1)])
    np.testing.assert_array_equal(belief.states, before)


def _particles(belief):
    return belief.states, belief.weights
