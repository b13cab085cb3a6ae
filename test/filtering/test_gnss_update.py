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

"""Fixes and particles."""

from __future__ import annotations

from dataclasses import replace
import math

from fake_belief import gaussian_belief
import numpy as np
import pytest

from xview_loc.filtering.belief import GnssRecord, GnssVerdict, VisionRecord
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.filtering.gnss_error import GnssErrorModel
from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.filtering.gnss_update import GnssUpdate
from xview_loc.filtering.health_monitor import HealthMonitor
from xview_loc.filtering.pose_estimate import Health
from xview_loc.filtering.posterior_modes import find_modes, moments
from xview_loc.geometry.pose2 import Pose2

CONFIG = FilterConfig()
SETTLED = {'gnss_covariance': np.diag([0.2, 0.2, 0.8, 0.8])}


def update(belief, x, y, std=1.5, stamp=0.0, seed=0):
    gnss_update = GnssUpdate(CONFIG, GnssErrorModel(CONFIG.gnss), HealthMonitor(CONFIG.health))
    fix = GnssFix(stamp, x, y, std ** 2 * np.eye(2))
    return gnss_update.apply(replace(belief, stamp=stamp), fix, np.random.default_rng(seed))


def settled(**fields):
    return replace(gaussian_belief(**fields), **SETTLED)


def estimate(belief):
    return moments(belief.states, belief.weights)[0]


def test_an_ordinary_fix_is_accepted():
    posterior = update(settled(), 1.0, -1.0)
    assert posterior.gnss.verdict is GnssVerdict.ACCEPTED
    assert posterior.gnss.nis < 9.0


def test_a_fix_beyond_the_gate_is_inflated_and_far_beyond_rejected():
    inflated, rejected = update(settled(), 8.0, 0.0), update(settled(), 60.0, 0.0)
    assert inflated.gnss.verdict is GnssVerdict.INFLATED
    assert rejected.gnss.verdict is GnssVerdict.REJECTED
    assert rejected.gnss.rejected == 1
    assert rejected.states is not None
    np.testing.assert_array_equal(estimate(rejected).as_array(),
                                  estimate(settled()).as_array())


def test_the_pull_of_a_fix_stops_growing_at_the_gate():
    belief = replace(gaussian_belief(stds=(1.5, 1.5, 0.02), count=5000), **SETTLED)
    pulls = [estimate(update(belief, x, 0.0)).x - estimate(belief).x for x in (6.0, 9.0, 12.0)]
    assert pulls[1] < 1.3 * pulls[0]
    assert pulls[2] < 1.3 * pulls[0]


def test_a_long_bias_ends_in_the_offset_not_in_the_pose():
    belief = settled()
    for k in range(1, 60):
        belief = update(belief, 4.0, 0.0, stamp=float(k), seed=k)
    assert abs(estimate(belief).x) < 0.4
    assert (belief.states[5] + belief.states[7]) @ belief.weights == pytest.approx(4.0, abs=0.6)


def test_a_receiver_that_claims_too_much_is_believed_less():
    generator, belief = np.random.default_rng(0), settled()
    for k in range(1, 200):
        x, y = generator.normal(0.0, 3.0, 2)
        belief = update(belief, x, y, std=0.5, stamp=0.2 * k, seed=k)
    assert belief.gnss.mean_nis > 4.0
    assert estimate(belief).distance_to(Pose2(0.0, 0.0, 0.0)) < 0.5


def test_rejected_fixes_raise_the_doubt_and_agreeing_ones_lower_it():
    belief = settled(lost_log_odds=-3.0, gnss=GnssRecord(stamp=-1.0))
    assert update(belief, 60.0, 0.0).lost_log_odds > -2.0
    assert update(belief, 0.5, 0.0).lost_log_odds < -4.0


def test_only_a_lost_filter_starts_again_around_the_fix():
    belief = replace(settled(), lost_log_odds=5.0, health=Health.LOST)
    posterior = update(belief, 60.0, 0.0)
    posterior = update(posterior, 60.0, 0.0, stamp=1.0)
    mode = find_modes(posterior.states, posterior.weights)[0]
    assert mode.pose.distance_to(Pose2(60.0, 0.0, 0.0)) < 3.0
    assert math.sqrt(mode.covariance[2, 2]) > 1.0
    assert mode.weight > 0.8


def test_particles_around_a_fix_allow_for_bias_and_know_no_yaw():
    gnss_update = GnssUpdate(CONFIG, GnssErrorModel(CONFIG.gnss), HealthMonitor(CONFIG.health))
    states = gnss_update.particles_around(
        GnssFix(0.0, 5.0, 6.0, np.eye(2)), 20_000, np.random.default_rng(0))
    expected = math.sqrt(1.0 + CONFIG.gnss.offset_std ** 2 + CONFIG.gnss.multipath_std ** 2)
    assert states[0].std() == pytest.approx(expected, rel=0.05)
    assert abs(np.exp(1j * states[2]).mean()) < 0.02


def test_while_there_are_images_forged_fixes_alone_never_make_a_track_lost():
    vision = VisionRecord(stamp=-1.0, updates=20, evidence=2.0)
    belief = settled(lost_log_odds=-5.0, gnss=GnssRecord(stamp=-1.0), vision=vision)
    for k in range(60):
        belief = replace(belief, vision=replace(vision, stamp=k - 1.0))
        belief = update(belief, 40.0 + k, 0.0, stamp=float(k), seed=k)
    assert -1.5 < belief.lost_log_odds < 0.5
    assert estimate(belief).distance_to(Pose2(0.0, 0.0, 0.0)) < 0.1


def test_where_images_say_nothing_three_fixes_that_disagree_make_a_track_lost():
    vision = VisionRecord(stamp=-1.0, updates=20, evidence=0.1)
    belief = settled(lost_log_odds=-5.0, gnss=GnssRecord(stamp=-1.0), vision=vision)
    for k in range(3):
        belief = replace(belief, vision=replace(vision, stamp=k - 0.2))
        belief = update(belief, 40.0, 0.0, stamp=float(k), seed=k)
    assert belief.lost_log_odds > math.log(0.9 / 0.1)


def test_without_images_fixes_that_disagree_for_long_make_the_track_lost():
    belief = settled(lost_log_odds=-5.0, gnss=GnssRecord(stamp=-1.0))
    for k in range(10):
        belief = update(belief, 60.0, 0.0, stamp=float(k), seed=k)
    assert belief.lost_log_odds > 4.0
