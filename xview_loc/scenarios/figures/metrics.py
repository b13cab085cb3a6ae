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

"""Figures of merit over many drives."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.scenarios.drive_track import DriveResult, DriveTrack
from xview_loc.scenarios.figures.allowance import allowance, since
from xview_loc.scenarios.figures.lost_detection import (
    alarm_delay, alarms_in_time, alarms_in_time_unless_back, false_alarm_count, has_health,
    lost_auroc)
from xview_loc.scenarios.figures.standard_error import standard_error
from xview_loc.scenarios.scenario import blind_intervals

Figures = dict[str, float | int | None]

WARM_UP_S = 10.0
CHI_SQUARE_95 = 7.815
WRONG_M = 10.0
FOUND_M = 2.0
RECOVERY_S = 60.0
PRIOR_M = 100.0
ABSORBED_ERROR_M = 1.0
ABSORBED_S = 5.0
LONG_WRONG_S = 5.0
OFFSET_WAY_M = 500.0
NORMAL_95 = 1.96


def summarise(results: list[DriveResult]) -> Figures:
    """
    Return the figures of one method in one scenario.

    Beside those of :func:`pooled`: alarms and recovery after a kidnap, the error outside a tunnel,
    how far a step of the imagery is felt, how well its offset is known. ``None`` stands for a
    figure that does not apply.

    :param results: at least one, all of one scenario and method.
    """
    scenario, tracks = results[0].scenario, [result.track for result in results]
    return {
        **pooled(results),
        'median_outside_tunnel_m': _median_outside(scenario, tracks),
        'alarm_delay_s_p95': alarm_delay(scenario, tracks),
        'alarms_in_time': alarms_in_time(scenario, tracks),
        'alarms_in_time_unless_back': alarms_in_time_unless_back(scenario, tracks),
        'recovered_60s': _recovered(scenario, tracks),
        'absorbed_m_p95': _absorbed(scenario, tracks),
        'offset_error_m': _median([_offset_at_end(track) for track in tracks]),
        'offset_error_500m': _median([_offset_on_the_way(track) for track in tracks]),
    }


def pooled(results: list[DriveResult]) -> Figures:
    """
    Return the figures that hold for drives of any scenario together.

    Errors and consistency count from 10 s after the start; consistency leaves out what the method
    itself called lost. ``anees_band`` is the half width of the 95 % band around 1, with each drive
    counted as one independent sample of three degrees of freedom, because errors within a drive
    are correlated (normal approximation of the chi-square, off by 0.02 at 15 drives). Figures that
    end in ``_se`` are standard errors. What ends in ``_outside_allowance`` leaves out the samples
    of :func:`xview_loc.scenarios.figures.allowance.allowance`; ``median_complete_m`` is that of
    ``DriveTrack.complete_errors``.

    :param results: at least one, all of one method.
    """
    tracks = [result.track for result in results]
    warm = [track.stamps >= WARM_UP_S for track in tracks]
    due = [mask & ~allowance(result.scenario, result.track)
           for mask, result in zip(warm, results)]
    wrong = [_longest(track) for track in tracks]
    hours = sum(len(track.stamps) * track.period for track in tracks) / 3600.0
    with_health = has_health(tracks)
    return {
        'drives': len(tracks),
        'hours': hours,
        **_accuracy(results, warm),
        **_consistency(results, warm, due),
        'false_alarms_per_h': false_alarm_count(tracks) / hours if with_health else None,
        'confidently_wrong_s': max(wrong),
        'confidently_wrong_drives': sum(time > LONG_WRONG_S for time in wrong),
        'lost_auroc': lost_auroc(tracks, warm),
        'lost_auroc_outside_allowance': lost_auroc(tracks, due),
        'worst_trusted_m': _worst_trusted(tracks, warm),
    }


def _accuracy(results, warm):
    tracks, seeds = [result.track for result in results], [result.seed for result in results]
    position = [track.position_errors[mask] for track, mask in zip(tracks, warm)]
    yaw = [np.degrees(np.abs(track.errors[mask, 2])) for track, mask in zip(tracks, warm)]
    complete = [track.complete_errors[mask] for track, mask in zip(tracks, warm)]
    return {
        'median_m': _percentile(position, 50.0),
        'median_m_se': standard_error(position, seeds, np.median),
        'p99_m': _percentile(position, 99.0),
        'p99_m_se': standard_error(position, seeds, lambda values: np.percentile(values, 99.0)),
        'heading_median_deg': _percentile(yaw, 50.0),
        'median_complete_m': _percentile(complete, 50.0),
    }


def _consistency(results, warm, due):
    seeds = [result.seed for result in results]
    nees, nees_due = ([
        result.track.nees[mask & ~result.track.lost & np.isfinite(result.track.nees)]
        for mask, result in zip(masks, results)] for masks in (warm, due))
    known, known_due = np.concatenate(nees), np.concatenate(nees_due)
    inside = [(values <= CHI_SQUARE_95).astype(np.float64) for values in nees]
    return {
        'anees': float(np.mean(known) / 3.0) if known.size else None,
        'anees_se': standard_error(nees, seeds, lambda values: np.mean(values) / 3.0),
        'anees_band': NORMAL_95 * math.sqrt(2.0 / (3.0 * len(results))),
        'anees_outside_allowance': float(np.mean(known_due) / 3.0) if known_due.size else None,
        'coverage95': float(np.mean(known <= CHI_SQUARE_95)) if known.size else None,
        'coverage95_se': standard_error(inside, seeds, np.mean),
    }


def _percentile(parts, percent):
    values = np.concatenate(parts)
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if known.size else None


def _median_outside(scenario, tracks):
    """Return the median error before and after tunnels [m]."""
    tunnels = blind_intervals(scenario)
    if not tunnels or math.isinf(max(end for _, end in tunnels)):
        return None
    return _percentile([track.position_errors[(track.stamps >= WARM_UP_S) & ~np.any(
        [(track.stamps >= start) & (track.stamps < end) for start, end in tunnels], axis=0)]
        for track in tracks], 50.0)


def _absorbed(scenario, tracks):
    """Return the way after a step of the imagery until the error stays below 1 m for 5 s [m]."""
    if scenario.step_s is None:
        return None
    ways = []
    for track in tracks:
        elapsed, way = since(track, scenario.step_s)
        after = np.flatnonzero(elapsed > 0.0)
        right = track.position_errors[after] < ABSORBED_ERROR_M
        needed = round(ABSORBED_S / track.period)
        steady = np.convolve(right, np.ones(needed), 'valid') >= needed
        ways.append(float(way[after[np.argmax(steady)]]) if steady.any() else math.inf)
    return float(np.percentile(ways, 95.0, method='higher'))


def _recovered(scenario, tracks):
    """
    Return the share of starts or kidnaps after which the pose is right within 60 s.

    A start more than 100 m off does not count, no more than a kidnap by more would.
    """
    start = scenario.kidnap_s or 0.0
    result = []
    for track in tracks:
        window = (track.stamps > start) & (track.stamps <= start + RECOVERY_S)
        known = track.position_errors[window & np.isfinite(track.position_errors)]
        if scenario.kidnap_s is None and known.size and known[0] > PRIOR_M:
            continue
        right = track.trusted & (track.position_errors < FOUND_M)
        result.append(bool(np.any(window & right)))
    return float(np.mean(result)) if result else None


def _longest(track: DriveTrack) -> float:
    """Return the longest time in a row of a trusted pose more than 10 m off [s]."""
    wrong = track.trusted & (track.position_errors > WRONG_M)
    longest = current = 0
    for flag in wrong:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest * track.period


def _worst_trusted(tracks, warm):
    """Return the largest error of a pose that the method vouched for [m]."""
    errors = np.concatenate([
        track.position_errors[mask & track.trusted] for track, mask in zip(tracks, warm)])
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else None


def _offset_at_end(track: DriveTrack) -> float:
    """Return the median error of the offset of GNSS over the last 10 s [m]."""
    return float(np.median(track.offset_errors[track.stamps >= track.stamps[-1] - 10.0]))


def _offset_on_the_way(track: DriveTrack) -> float:
    """Return the error of the offset of GNSS after 500 m [m]; NaN for shorter drives."""
    there = np.searchsorted(track.travelled, OFFSET_WAY_M)
    return float(track.offset_errors[there]) if there < len(track.stamps) else math.nan


def _median(values):
    known = [value for value in values if math.isfinite(value)]
    return float(np.median(known)) if known else None
