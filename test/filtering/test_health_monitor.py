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

"""When the pose is trusted and when it is not."""

from __future__ import annotations

from dataclasses import replace
import math

from fake_belief import gaussian_belief
import numpy as np
import pytest

from xview_loc.filtering.belief import VisionRecord
from xview_loc.filtering.filter_config import HealthConfig
from xview_loc.filtering.health_monitor import HealthMonitor, probability
from xview_loc.filtering.pose_estimate import Health

CONFIG = HealthConfig()
TIGHT = np.diag([0.3, 0.3, math.radians(1.0)]) ** 2
SUPPORTED = VisionRecord(stamp=0.0, updates=9, evidence=2.0, supporting=5.0)


def judge(health=Health.UNCERTAIN, vision=SUPPORTED, log_odds=-6.0, covariance=TIGHT, stamp=0.0):
    belief = gaussian_belief(stamp=stamp, health=health, vision=vision, lost_log_odds=log_odds,
                             covariance=covariance)
    return HealthMonitor(CONFIG).judge(belief)


def test_a_tight_supported_track_is_converged():
    assert judge().health is Health.CONVERGED


@pytest.mark.parametrize(('case', 'reason'), [
    ({'vision': VisionRecord()}, 'no camera measurement'),
    ({'vision': VisionRecord(flat_since=0.0)}, 'no information'),
    ({'covariance': np.diag([4.0, 0.1, 1e-4])}, 'position spread 2.0 m'),
    ({'covariance': np.diag([0.1, 0.1, 0.1])}, 'yaw spread'),
    ({'stamp': 500.0}, 'for 500 s'),
    ({'vision': replace(SUPPORTED, supporting=1.0)}, 'do not support'),
    ({'log_odds': 0.0}, 'doubt')])
def test_it_is_not_converged_and_says_why(case, reason):
    judged = judge(**case)
    assert judged.health is Health.UNCERTAIN
    assert reason in judged.reason


def test_spread_leaves_converged_later_than_it_enters():
    between = np.diag([1.5, 0.3, 0.01]) ** 2
    assert judge(covariance=between).health is Health.UNCERTAIN
    assert judge(Health.CONVERGED, covariance=between).health is Health.CONVERGED


def test_lost_is_left_later_than_it_is_entered():
    odds = math.log(0.5)
    assert judge(Health.CONVERGED, log_odds=4.0).health is Health.LOST
    assert judge(Health.LOST, log_odds=odds).health is Health.LOST
    assert judge(Health.UNCERTAIN, log_odds=odds).health is Health.UNCERTAIN
    assert judge(Health.LOST, log_odds=-4.0).health is Health.CONVERGED


def test_lost_notes_since_when():
    lost = judge(Health.CONVERGED, log_odds=4.0, stamp=7.0)
    assert lost.lost_since == 7.0
    assert math.isnan(judge(Health.LOST, log_odds=-4.0).lost_since)


def test_before_it_knows_the_yaw_it_initialises_and_is_not_lost():
    unknown = np.diag([9.0, 9.0, 3.0])
    assert judge(Health.INITIALISING, VisionRecord(), 4.0, unknown).health is Health.INITIALISING


def test_unforeseen_images_raise_the_doubt_and_foreseen_ones_lower_it():
    monitor, belief = HealthMonitor(CONFIG), gaussian_belief(vision=SUPPORTED)
    doubted = monitor.see(belief, math.log(0.15), 1.0)
    assert doubted.lost_log_odds == pytest.approx(-math.log(0.15))
    assert doubted.vision.supporting == 0.0
    assert monitor.see(belief, 3.0, 1.0).lost_log_odds == pytest.approx(-3.0)


def test_time_brings_doubt_at_the_prior_rate():
    belief = gaussian_belief(lost_log_odds=-7.0)
    hour = HealthMonitor(CONFIG).elapse(belief, 3600.0)
    expected = 1.0 - math.exp(-CONFIG.losses_per_hour)
    assert probability(hour.lost_log_odds) == pytest.approx(expected, abs=0.01)


def test_doubt_is_bounded_so_that_a_loss_is_noticed_soon():
    monitor, belief = HealthMonitor(CONFIG), gaussian_belief(vision=SUPPORTED)
    for _ in range(100):
        belief = monitor.see(belief, 5.0, 1.0)
    for count in range(1, 10):
        belief = monitor.see(belief, math.log(0.15), 1.0)
        if probability(belief.lost_log_odds) > CONFIG.lost_probability:
            break
    assert count <= 5
