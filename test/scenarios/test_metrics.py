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

"""Figures of merit on tracks made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from xview_loc.scenarios.metrics import summarise
from xview_loc.scenarios.run_drive import DriveTrack
from xview_loc.scenarios.scenario import SCENARIOS


def track(errors, lost=(), trusted=None, nees=3.0, scores=0.0):
    """Return a track of 0.5 s steps from ``(M,)`` errors along x."""
    count = len(errors)
    full = np.zeros((count, 3))
    full[:, 0] = errors
    is_lost = np.zeros(count, dtype=bool)
    is_lost[list(lost)] = True
    return DriveTrack(
        0.5 * np.arange(count), full, np.full(count, nees) * np.ones(count),
        ~is_lost if trusted is None else np.asarray(trusted), is_lost,
        np.full(count, scores, dtype=float) * np.ones(count), np.full(count, 0.4))


def figures(tracks, name='urban'):
    return summarise(SCENARIOS[name], tracks)


def test_a_perfect_method_has_perfect_figures():
    result = figures([track(np.zeros(200))])
    assert result['median_m'] == result['p99_m'] == 0.0
    assert result['anees'] == pytest.approx(1.0)
    assert result['coverage95'] == 1.0
    assert result['recovered_60s'] == 1.0
    assert result['false_alarms_per_h'] == result['confidently_wrong_s'] == 0.0
    assert result['offset_error_m'] == pytest.approx(0.4)


def test_the_start_does_not_count():
    errors = np.zeros(200)
    errors[:20] = 50.0
    assert figures([track(errors)])['p99_m'] == 0.0


def test_an_alarm_on_a_right_pose_is_false_and_on_a_wrong_one_is_not():
    errors = np.zeros(7200)
    errors[5000:] = 30.0
    result = figures([track(errors, lost=[100, 101, 3000, *range(5004, 5100)])])
    assert result['false_alarms_per_h'] == pytest.approx(2.0)


def test_consistency_leaves_out_what_was_called_lost():
    nees = np.full(200, 3.0)
    nees[150:] = 3000.0
    result = figures([track(np.zeros(200), lost=range(150, 200), nees=nees)])
    assert result['anees'] == pytest.approx(1.0)


def test_the_alarm_delay_counts_from_the_kidnap():
    errors = np.zeros(180)
    errors[60:80] = 20.0
    result = figures([track(errors, lost=range(64, 76))], 'kidnap')
    assert result['alarm_delay_s_p95'] == pytest.approx(2.0)
    assert result['recovered_60s'] == 1.0
    assert figures([track(errors)], 'kidnap')['alarm_delay_s_p95'] == np.inf


def test_confidently_wrong_is_the_longest_time_in_a_row():
    errors = np.zeros(200)
    errors[50:60] = 11.0
    errors[100:104] = 11.0
    trusted = np.ones(200, dtype=bool)
    trusted[55] = False
    assert figures([track(errors, trusted=trusted)])['confidently_wrong_s'] == pytest.approx(2.5)


def test_the_lost_score_is_ranked():
    errors, scores = np.zeros(200), np.zeros(200)
    errors[100:], scores[100:] = 30.0, 0.9
    assert figures([track(errors, scores=scores)])['lost_auroc'] == 1.0
    assert figures([track(errors, scores=0.3)])['lost_auroc'] == 0.5
    assert figures([track(np.zeros(200))])['lost_auroc'] is None


def test_a_method_without_health_has_no_alarm_figures():
    result = figures([track(np.zeros(200), scores=np.nan)], 'kidnap')
    assert result['false_alarms_per_h'] is None
    assert result['alarm_delay_s_p95'] is None
