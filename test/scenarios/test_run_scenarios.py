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

"""Scenarios end to end, few and short; ``xview-loc scenarios`` runs them at length."""

from __future__ import annotations

import json

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.filtering.filter_config import FilterConfig
from xview_loc.scenarios.drive import make_drive
from xview_loc.scenarios.method import ParticleMethod
from xview_loc.scenarios.run_drive import run_drive
from xview_loc.scenarios.run_scenarios import run_scenarios
from xview_loc.scenarios.scenario import SCENARIOS

KEYS = {'drives', 'median_m', 'p99_m', 'heading_median_deg', 'anees', 'coverage95',
        'false_alarms_per_h', 'alarm_delay_s_p95', 'alarms_in_time', 'recovered_60s',
        'confidently_wrong_s', 'confidently_wrong_drives', 'lost_auroc', 'worst_trusted_m',
        'offset_error_m', 'offset_error_500m', 'absorbed_m_p95', 'median_outside_tunnel_m',
        'anees_band', 'anees_se', 'anees_outside_allowance', 'median_m_se', 'median_complete_m',
        'lost_auroc_outside_allowance', 'hours'}


@pytest.fixture(scope='module')
def figures():
    return run_scenarios(['wrong_peaks'], drives=2)['scenarios']['wrong_peaks']


def test_the_record_has_the_promised_shape_and_survives_json(figures):
    assert set(figures) == {
        'xview_loc', 'gnss', 'peak_ekf', 'pf_fixed_covariance', 'amcl_style'}
    for result in figures.values():
        assert set(result) >= KEYS
    assert json.loads(json.dumps(figures)) == figures


def test_with_wrong_peaks_we_are_better_than_every_baseline(figures):
    ours = figures.pop('xview_loc')
    assert ours['median_m'] < 0.4
    assert all(ours['median_m'] < other['median_m'] + 0.05 for other in figures.values())
    assert all(ours['p99_m'] < other['p99_m'] for other in figures.values())


def test_the_result_depends_on_the_seed_and_on_nothing_else():
    first, again, other = (
        run_scenarios(['parking'], 1, seed, ['xview_loc', 'gnss']) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_what_can_be_tracked_is_pooled_apart_from_the_rest():
    result = run_scenarios(['parking', 'kidnap'], 1, 3, ['gnss'])
    assert (result['drives'], result['seed']) == (1, 3)
    assert result['tracking']['gnss']['drives'] == 1
    assert result['all']['gnss']['drives'] == 2
    assert result['tracking']['gnss']['median_m'] == (
        result['scenarios']['parking']['gnss']['median_m'])


def test_progress_is_told_and_workers_change_nothing():
    told = []
    alone = run_scenarios(['parking'], 2, 0, ['gnss'], progress=lambda *count: told.append(count))
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert run_scenarios(['parking'], 2, 0, ['gnss'], workers=2) == alone


@pytest.mark.parametrize(('arguments', 'says'), [
    ({'names': ['mars']}, "no scenario 'mars'"), ({'methods': ['magic']}, "no method 'magic'"),
    ({'drives': 0}, 'at least 1')])
def test_what_cannot_be_run_is_refused_with_what_can(arguments, says):
    with pytest.raises(ConfigurationError, match=says):
        run_scenarios(**arguments)


def run(name, seed=0):
    return run_drive(make_drive(SCENARIOS[name], seed), ParticleMethod(FilterConfig(seed=seed)))


def test_a_kidnapped_vehicle_is_called_lost_and_found_again():
    track = run('kidnap')
    assert track.trusted[(track.stamps > 20.0) & (track.stamps < 30.0)].all()
    alarm = track.stamps[track.lost][0]
    assert 30.0 < alarm < 36.0
    late = track.stamps > alarm + 15.0
    assert track.position_errors[late].max() < 2.0
    assert track.trusted[late].mean() > 0.9


def test_late_measurements_are_the_same_as_those_in_time():
    late, dropped = (make_drive(SCENARIOS[name], 3) for name in ('latency', 'dropped'))
    sent = [{(fix.stamp, fix.x, fix.y) for _, fix in drive.fixes} for drive in (late, dropped)]
    assert sent[0] == sent[1]
    lost = [[drive.image_latency(index) is None for index in range(0, drive.count, 5)]
            for drive in (late, dropped)]
    assert lost[0] == lost[1]
    assert 0.1 < np.mean(lost[0]) < 0.3


def test_forged_fixes_do_not_move_a_converged_pose():
    track = run('spoof')
    assert track.position_errors[track.stamps > 30.0].max() < 2.0


def test_a_step_of_the_imagery_is_absorbed_within_150_m():
    drive = make_drive(SCENARIOS['imagery_step'], 1)
    track = run_drive(drive, ParticleMethod(FilterConfig()))
    distance = drive.route.distance[np.round(track.stamps / 0.05).astype(int)]
    after = distance > distance[track.stamps == 30.0] + 150.0
    assert track.position_errors[after].max() < 1.5


def test_after_a_tunnel_the_track_goes_on():
    track = run('tunnel')
    inside = (track.stamps > 80.0) & (track.stamps < 90.0)
    assert not track.trusted[inside].any() or track.position_errors[inside].max() < 10.0
    assert track.position_errors[track.stamps > 100.0].max() < 2.0


def test_one_poor_fix_and_images_are_enough_to_find_the_pose_in_100_m():
    track = run('wide_prior', 101)
    assert track.trusted[track.stamps > 5.0].mean() > 0.9
    assert track.position_errors[track.stamps > 5.0].max() < 2.0
