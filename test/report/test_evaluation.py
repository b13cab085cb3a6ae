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

"""Ours beside the baselines, on a drive with known errors."""

from dataclasses import replace
import math

import numpy as np
import pytest
import synthetic_run

from xview_loc.report.evaluation import coverage, Drive, evaluate, seconds_in
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source
from xview_loc.report.track import Track


def test_figures_are_those_of_the_injected_errors():
    figures = evaluate(synthetic_run.run(), synthetic_run.drive()).figures
    ratio = 1.5 * synthetic_run.SIGMA_M
    # The median of the distance lies between those of circles with either axis.
    assert 1.177 * synthetic_run.SIGMA_M < figures['median_error_m'] < 1.177 * ratio
    assert figures['median_heading_error_deg'] == pytest.approx(0.674 * 0.5, rel=0.15)
    assert figures['gnss_median_error_m'] == pytest.approx(1.177 * 2.5, rel=0.25)
    assert figures['odometry_final_error_m'] == pytest.approx(math.hypot(6.0, 9.0), rel=0.02)
    assert figures['matches_per_s'] == pytest.approx(10.0)
    assert figures['anees'] == pytest.approx(1.0, abs=0.15)
    assert figures['lost_s'] == 0.0
    assert math.isnan(figures['blind_median_error_m'])


def test_coverage_of_consistent_errors_is_their_probability():
    truth = synthetic_run.drive().truth
    assert coverage(synthetic_run.run(), truth) == pytest.approx(0.95, abs=0.03)
    assert math.isnan(coverage(synthetic_run.run(), None))


def test_blind_and_prior_are_compared_when_they_are_there():
    blind = synthetic_run.run(seed=9, sigma=4.0)
    prior = Track(blind.poses.stamps, blind.poses.poses)
    evaluation = evaluate(synthetic_run.run(), synthetic_run.drive(), blind, prior)
    assert evaluation.figures['blind_median_error_m'] > 4.0
    assert evaluation.errors[Source.PRIOR].position_m == pytest.approx(
        evaluation.errors[Source.BLIND].position_m)


def test_without_truth_only_what_needs_none_is_known():
    drive = synthetic_run.drive()
    evaluation = evaluate(synthetic_run.run(), Drive(drive.gnss, drive.odometry))
    unknown = {name for name, value in evaluation.figures.items() if math.isnan(value)}
    assert unknown == {'median_error_m', 'p95_error_m', 'median_heading_error_deg',
                       'gnss_median_error_m', 'odometry_final_error_m', 'blind_median_error_m',
                       'anees'}
    assert evaluation.errors == {}


def test_a_run_without_poses_and_matches_has_no_figures_but_no_failure():
    empty = Track(np.empty(0), np.empty((0, 3)), np.empty((0, 3, 3)))
    run = LiveRun(empty, np.empty(0), np.empty(0), np.empty((0, 2)), np.empty((0, 3)))
    figures = evaluate(run, synthetic_run.drive()).figures
    assert math.isnan(figures['median_error_m'])
    assert figures['matches_per_s'] == 0.0


def test_poses_outside_the_truth_do_not_count():
    drive = synthetic_run.drive()
    half = drive.truth.between(-math.inf, synthetic_run.START + 20.0)
    errors = evaluate(synthetic_run.run(), replace(drive, truth=half)).errors[Source.OURS]
    assert np.isfinite(errors.position_m).sum() < len(errors.position_m)
    assert math.isfinite(errors.final_m)


def test_time_in_a_state_runs_from_report_to_report():
    run = synthetic_run.run()
    assert seconds_in(run, 'uncertain', run.poses.stamps[-1]) == pytest.approx(6.0)
