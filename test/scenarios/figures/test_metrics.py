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

from xview_loc.scenarios.drive_track import DriveResult, DriveTrack
from xview_loc.scenarios.figures.metrics import pooled, summarise
from xview_loc.scenarios.scenario import SCENARIOS


def track(errors, lost=(), trusted=None, nees=3.0, scores=0.0, speed=9.0):
    """Return a track of 0.5 s steps from ``(M,)`` errors along x."""
    count = len(errors)
    full = np.zeros((count, 3))
    full[:, 0] = errors
    is_lost = np.zeros(count, dtype=bool)
    is_lost[list(lost)] = True
    return DriveTrack(
        0.5 * np.arange(count), full, np.full(count, nees) * np.ones(count),
        ~is_lost if trusted is None else np.asarray(trusted), is_lost,
        np.full(count, scores, dtype=float) * np.ones(count), np.full(count, 0.4),
        np.full(count, 0.2), 0.5 * speed * np.arange(count))


def figures(tracks, name='urban'):
    return summarise(results(tracks, name))


def results(tracks, name='urban'):
    return [DriveResult(SCENARIOS[name], seed, 'ours', drive) for seed, drive in enumerate(tracks)]


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


def test_a_start_within_100_m_must_recover_and_one_farther_off_does_not_count():
    found, near, far = np.zeros(180), np.full(180, 90.0), np.full(180, 110.0)
    assert figures([track(found), track(near)], 'wide_prior')['recovered_60s'] == 0.5
    assert figures([track(found), track(far)], 'wide_prior')['recovered_60s'] == 1.0
    assert figures([track(far)], 'wide_prior')['recovered_60s'] is None


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


@pytest.mark.parametrize(('delay_samples', 'speed', 'share'), [
    (6, 20.0, 1.0), (7, 8.0, 1.0), (7, 9.0, 0.0), (20, 1.0, 1.0)])
def test_an_alarm_is_in_time_within_3_s_or_30_m(delay_samples, speed, share):
    errors = np.zeros(180)
    errors[60:] = 20.0
    late = track(errors, lost=range(60 + delay_samples, 180), speed=speed)
    assert figures([late], 'kidnap')['alarms_in_time'] == share
    assert figures([track(errors)], 'kidnap')['alarms_in_time'] == 0.0


def test_a_vehicle_that_drives_through_its_believed_pose_is_told_apart():
    back, gone = np.zeros(180), np.zeros(180)
    back[60:64], gone[60:] = 20.0, 20.0
    result = figures([track(back), track(gone, lost=range(64, 180))], 'kidnap')
    assert (result['alarms_in_time'], result['alarms_in_time_unless_back']) == (0.5, 1.0)
    # Who was called lost first and found then did not come back.
    found = track(back, lost=range(63, 70))
    assert figures([found, track(gone)], 'kidnap')['alarms_in_time_unless_back'] == 0.5
    assert figures([track(back)], 'kidnap')['alarms_in_time_unless_back'] is None


def test_a_step_of_the_imagery_is_felt_until_the_error_stays_small():
    errors = np.zeros(180)
    errors[60:70], errors[74:76] = 3.0, 1.2
    result = figures([track(errors, speed=10.0)], 'imagery_step')
    assert result['absorbed_m_p95'] == pytest.approx(16 * 5.0)
    errors[60:] = 3.0
    assert figures([track(errors)], 'imagery_step')['absorbed_m_p95'] == np.inf
    assert figures([track(errors)])['absorbed_m_p95'] is None


def test_the_error_outside_a_tunnel_leaves_the_tunnel_out():
    errors = np.full(260, 0.3)
    errors[60:180] = 40.0
    result = figures([track(errors)], 'tunnel')
    assert result['median_outside_tunnel_m'] == pytest.approx(0.3)
    assert result['median_m'] > 1.0
    assert figures([track(errors)], 'wide_prior')['median_outside_tunnel_m'] is None


def test_drives_pool_and_the_band_of_their_consistency_narrows():
    few, many = (pooled(results([track(np.zeros(200))] * count)) for count in (6, 600))
    assert many['drives'] == 600
    assert many['hours'] == pytest.approx(600 * 100.0 / 3600.0)
    assert few['anees_band'] == pytest.approx(1.96 / 3.0)
    assert many['anees_band'] == pytest.approx(0.1 * few['anees_band'])
    wrong = np.zeros(200)
    wrong[50:61] = 11.0
    assert pooled(results([track(wrong), track(np.zeros(200))]))['confidently_wrong_drives'] == 1


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


def test_what_cannot_be_noticed_yet_can_be_left_out_of_the_ranking():
    errors, scores = np.zeros(180), np.zeros(180)
    errors[60:80], scores[67:80] = 30.0, 0.9
    result = figures([track(errors, scores=scores)], 'kidnap')
    assert result['lost_auroc'] == pytest.approx((13 + 0.5 * 7) / 20)
    assert result['lost_auroc_outside_allowance'] == 1.0
    same = figures([track(errors, scores=scores)])
    assert same['lost_auroc_outside_allowance'] == same['lost_auroc']


def test_consistency_is_told_with_and_without_the_way_after_a_step():
    nees = np.full(180, 3.0)
    nees[60:90] = 30.0
    result = figures([track(np.zeros(180), nees=nees, speed=10.0)], 'imagery_step')
    assert result['anees'] == pytest.approx((130 + 10 * 30) / 160)
    assert result['anees_outside_allowance'] == 1.0


def test_the_offset_is_judged_after_500_m_and_at_the_end():
    drive = track(np.zeros(180), speed=10.0)
    drive.offset_errors[:100], drive.offset_errors[100:] = 2.0, 0.1
    result = figures([drive])
    assert (result['offset_error_500m'], result['offset_error_m']) == (0.1, 0.1)
    drive.offset_errors[100] = 1.5
    assert figures([drive])['offset_error_500m'] == 1.5
    assert figures([track(np.zeros(180), speed=1.0)])['offset_error_500m'] is None


def test_standard_errors_shrink_with_the_number_of_drives():
    generator = np.random.default_rng(1)
    drives = [track(np.full(60, generator.uniform(0.0, 1.0))) for _ in range(100)]
    few, many = figures(drives[:10]), figures(drives)
    assert many['median_m_se'] < 0.6 * few['median_m_se']
    assert figures(drives[:1])['median_m_se'] is None


def test_a_method_without_health_has_no_alarm_figures():
    result = figures([track(np.zeros(200), scores=np.nan)], 'kidnap')
    assert result['false_alarms_per_h'] is None
    assert result['alarm_delay_s_p95'] is None
