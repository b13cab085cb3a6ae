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

"""The bars of the demo."""

from dataclasses import replace
import math

import numpy as np
import pytest
import synthetic_run

from xview_loc.report.evaluation import evaluate
from xview_loc.report.live_run import HealthEvent
from xview_loc.report.track import Track
from xview_loc.report.verdict import demo_checks, falsely_converged_s, states_at


def evaluation_with(**figures):
    """Return an evaluation that passes, with some figures changed."""
    blind = synthetic_run.run(seed=9, sigma=4.0)
    prior = Track(blind.poses.stamps, blind.poses.poses)
    evaluation = evaluate(synthetic_run.run(), synthetic_run.drive(), blind, prior)
    return replace(evaluation, figures={**evaluation.figures, **figures})


def failed(checks):
    """Return the names of the bars that were missed."""
    return [check.name for check in checks if not check.passed]


def test_a_good_run_passes():
    assert failed(demo_checks(evaluation_with(), 0.0)) == []


@pytest.mark.parametrize('figures, word', [
    ({'median_error_m': 0.71, 'gnss_median_error_m': 9.0}, 'position'),
    ({'gnss_median_error_m': 1.0}, 'share'),
    ({'matches_per_s': 7.99}, 'matches'),
    ({'lost_s': 0.1}, 'lost'),
    ({'blind_median_error_m': 0.3}, 'blind error'),
    ({'matches_per_s': math.nan}, 'matches'),
])
def test_each_bar_is_held_on_its_own(figures, word):
    missed = failed(demo_checks(evaluation_with(**figures), 0.0))
    assert len(missed) == 1 and word in missed[0]


def test_false_convergence_fails():
    assert len(failed(demo_checks(evaluation_with(), 0.5))) == 1


def test_unknown_errors_never_pass():
    checks = demo_checks(evaluation_with(median_error_m=math.nan), 0.0)
    assert len(failed(checks)) >= 2


def test_false_convergence_is_a_converged_pose_beyond_its_claim():
    run = synthetic_run.run()
    poses = np.array(run.poses.poses)
    poses[50:70, 0] += 20.0
    poses[310:330, 0] += 20.0
    wrong = replace(run, poses=Track(run.poses.stamps, poses, run.poses.covariances))
    # The second stretch lies where the run called itself uncertain.
    assert falsely_converged_s(wrong, synthetic_run.drive()) == pytest.approx(2.0, abs=0.15)
    assert falsely_converged_s(run, synthetic_run.drive()) == 0.0


def test_states_hold_until_the_next_one():
    run = replace(synthetic_run.run(), health=(HealthEvent(2.0, 'lost'),
                                               HealthEvent(4.0, 'converged')))
    assert states_at(run, [1.0, 2.0, 3.0, 5.0]) == ['', 'lost', 'lost', 'converged']
