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

"""Seeded drives."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.matching.matcher import SearchPrior
from xview_loc.scenarios.drive import ERROR_LENGTH_M, make_drive
from xview_loc.scenarios.route import STEP_S
from xview_loc.scenarios.scenario import SCENARIOS


def drive_of(name, seed=0, **changes):
    return make_drive(replace(SCENARIOS[name], **changes), seed)


def test_the_same_seed_gives_the_same_drive_and_another_another():
    first, second, other = drive_of('urban'), drive_of('urban'), drive_of('urban', 1)
    prior = SearchPrior(first.truth(100), 4.0, 0.2)
    np.testing.assert_array_equal(first.odometry, second.odometry)
    np.testing.assert_array_equal(first.likelihood(100, prior).log_likelihood,
                                  second.likelihood(100, prior).log_likelihood)
    assert not np.array_equal(first.odometry, other.odometry)


def test_the_peak_stands_near_the_truth():
    drive = drive_of('urban', wrong_share=0.0, twin_share=0.0, ridge_share=0.0)
    distances = []
    for index in range(100, 1700, 40):
        truth = drive.truth(index)
        peak = drive.likelihood(index, SearchPrior(truth, 4.0, math.radians(8.0))).peak()
        distances.append(peak.distance_to(truth))
    assert np.median(distances) < 0.8


def test_the_matcher_errors_have_unit_variance_and_the_stated_correlation():
    drive = drive_of('highway', duration_s=2000.0)
    errors, step = drive.errors, 25.0 * STEP_S
    assert errors.std() == pytest.approx(1.0, abs=0.05)
    correlation = np.mean(errors[200:-1] * errors[201:])
    assert correlation == pytest.approx(math.exp(-step / ERROR_LENGTH_M), abs=0.05)


def test_in_the_dark_there_is_nothing_to_see():
    drive = drive_of('tunnel')
    index = int(60.0 / STEP_S)
    likelihood = drive.likelihood(index, SearchPrior(drive.truth(index), 4.0, 0.2))
    assert likelihood.log_likelihood.max() < 3.0
    assert not [fix for _, fix in drive.fixes if 30.0 <= fix.stamp < 90.0]


def test_a_kidnap_moves_the_truth_and_not_the_odometry():
    drive = drive_of('kidnap')
    index = int(30.0 / STEP_S)
    assert 14.0 < drive.truth(index - 1).distance_to(drive.truth(index)) < 102.0
    before, after = (Pose2(*drive.odometry[k]) for k in (index - 1, index))
    assert before.distance_to(after) < 1.0


def test_an_imagery_step_moves_the_truth_on_the_imagery_and_not_the_fixes():
    drive = drive_of('imagery_step')
    index = int(30.0 / STEP_S)
    assert np.hypot(*(drive.displacement[index] - drive.displacement[index - 1])) == (
        pytest.approx(3.0))
    assert np.hypot(*(drive.offset[index] - drive.offset[index - 1])) == (
        pytest.approx(3.0, abs=0.1))
    errors = [fix.x - drive.route.poses[round(fix.stamp / STEP_S), 0] for _, fix in drive.fixes]
    assert np.abs(errors).max() < 4.0


def test_forged_fixes_walk_away():
    drive = drive_of('spoof')
    far = [math.hypot(*(np.array([fix.x, fix.y]) - drive.route.poses[round(fix.stamp / STEP_S),
                                                                     :2]))
           for _, fix in drive.fixes if 70.0 <= fix.stamp < 80.0]
    assert min(far) > 25.0


def test_late_data_arrive_late_out_of_order_or_never():
    drive = drive_of('latency')
    delays = [drive.image_latency(5 * k) for k in range(360)]
    known = [delay for delay in delays if delay is not None]
    assert 0.1 < 1.0 - len(known) / len(delays) < 0.3
    assert max(known) > 0.9
    arrivals = [arrival for arrival, _ in drive.fixes]
    assert arrivals == sorted(arrivals)
    # Fixes are a second apart: they cannot overtake each other, images 0.25 s apart do.
    order = [0.25 * k + delay for k, delay in enumerate(delays) if delay is not None]
    assert order != sorted(order)
