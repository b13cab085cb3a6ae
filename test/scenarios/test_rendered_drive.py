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

"""Drives through rendered cities."""

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.scenarios.rendered_drive import make_rendered_drive, RENDERED_SCENARIOS
from xview_loc.scenarios.route import STEP_S
from xview_loc.scenarios.run_scenarios import run_scenarios


@pytest.fixture(scope='module')
def drive():
    return make_rendered_drive('rendered_urban', 3)


def test_sensors_follow_the_truth_with_their_errors(drive):
    assert drive.count * STEP_S == pytest.approx(
        RENDERED_SCENARIOS['rendered_urban'].duration_s, abs=0.1)
    start, end = (Pose2(*map(float, drive.odometry[k])) for k in (200, 300))
    true = drive.truth(200).between(drive.truth(300))
    assert 0.01 < start.between(end).distance_to(true) < 0.05 * true.x
    errors = [math.hypot(fix.x - drive.truth(round(stamp / STEP_S)).x,
                         fix.y - drive.truth(round(stamp / STEP_S)).y)
              for stamp, fix in drive.fixes]
    assert 0.5 < np.median(errors) < 6.0
    slow = np.hypot(*drive.offset.T)
    assert 0.1 < np.median(slow) < np.median(errors) + 1.0


def test_images_match_the_photograph_where_they_were_taken(drive):
    for index in (100, 105):
        truth = drive.truth(index)
        prior = SearchPrior(Pose2(truth.x + 1.0, truth.y - 1.2, truth.yaw + 0.03), 4.0, 0.15)
        peak = drive.likelihood(index, prior).peak()
        assert peak.distance_to(truth) < 1.0
        again = drive.likelihood(index, prior)
        assert again.peak() == peak


@pytest.mark.slow
def test_a_rendered_town_is_tracked():
    figures = run_scenarios(['rendered_urban'], 1, 0, ['xview_loc', 'gnss'])['scenarios']
    ours, gnss = (figures['rendered_urban'][name] for name in ('xview_loc', 'gnss'))
    assert ours['median_m'] < 0.3
    assert ours['p99_m'] < 1.0
    assert ours['coverage95'] > 0.9
    assert ours['false_alarms_per_h'] == 0.0
    assert gnss['median_m'] > 3.0 * ours['median_m']
