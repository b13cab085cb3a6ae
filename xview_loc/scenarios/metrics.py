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

from xview_loc.scenarios.run_drive import DriveTrack
from xview_loc.scenarios.scenario import blind_intervals, Scenario

WARM_UP_S = 10.0
CHI_SQUARE_95 = 7.815
WRONG_M = 10.0
FOUND_M = 2.0
FALSE_ALARM_ERROR_M = 5.0
LOST_ERROR_M = 15.0
RECOVERY_S = 60.0
ALARM_S, ALARM_M = 3.0, 30.0
ABSORBED_ERROR_M = 1.0
ABSORBED_S = 5.0
LONG_WRONG_S = 5.0
NORMAL_95 = 1.96


def summarise(scenario: Scenario, tracks: list[DriveTrack]) -> dict[str, float | int | None]:
    """
    Return the figures of one method in one scenario.

    Beside those of :func:`pooled`: alarms and recovery after a kidnap, the error outside a tunnel,
    how far a step of the imagery is felt. ``None`` stands for a figure that does not apply.

    :param scenario: for the times at which things happen.
    :param tracks: at least one.
    """
    return {
        **pooled(tracks),
        'median_outside_tunnel_m': _median_outside(scenario, tracks),
        'alarm_delay_s_p95': _alarm_delay(scenario, tracks),
        'alarms_in_time': _alarms_in_time(scenario, tracks),
        'lost_auroc_after_3s': _auroc_after_grace(scenario, tracks),
        'recovered_60s': _recovered(scenario, tracks),
        'absorbed_m_p95': _absorbed(scenario, tracks),
        'offset_error_m': _offset_error(tracks),
    }


def pooled(tracks: list[DriveTrack]) -> dict[str, float | int | None]:
    """
    Return the figures that hold for drives of any scenario together.

    Errors and consistency count from 10 s after the start; consistency leaves out what the method
    itself called lost. ``anees_band`` is the half width of the 95 % band around 1, with each drive
    counted as one independent sample of three degrees of freedom, because errors within a drive
    are correlated (normal approximation of the chi-square, off by 0.02 at 15 drives).

    :param tracks: at least one.
    """
    warm = [track.stamps >= WARM_UP_S for track in tracks]
    position = _joined(tracks, warm, 'position_errors')
    yaw = np.degrees(np.abs(_joined(tracks, warm, 'errors')[:, 2]))
    consistent = [mask & ~track.lost & np.isfinite(track.nees)
                  for mask, track in zip(warm, tracks)]
    nees = _joined(tracks, consistent, 'nees')
    wrong = [_longest(track) for track in tracks]
    return {
        'drives': len(tracks),
        'hours': _hours(tracks),
        'median_m': _percentile(position, 50.0),
        'p99_m': _percentile(position, 99.0),
        'heading_median_deg': _percentile(yaw, 50.0),
        'anees': float(nees.mean() / 3.0) if nees.size else None,
        'anees_band': NORMAL_95 * math.sqrt(2.0 / (3.0 * len(tracks))),
        'coverage95': float(np.mean(nees <= CHI_SQUARE_95)) if nees.size else None,
        'false_alarms_per_h': _false_alarms(tracks),
        'confidently_wrong_s': max(wrong),
        'confidently_wrong_drives': sum(time > LONG_WRONG_S for time in wrong),
        'lost_auroc': _lost_auroc(tracks, warm),
        'worst_trusted_m': _worst_trusted(tracks, warm),
    }


def _joined(tracks, masks, name):
    return np.concatenate([getattr(track, name)[mask] for track, mask in zip(tracks, masks)])


def _percentile(values, percent):
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if known.size else None


def _period(track):
    return float(track.stamps[1] - track.stamps[0])


def _has_health(tracks):
    return any(np.isfinite(track.lost_scores).any() for track in tracks)


def _false_alarms(tracks):
    """Count transitions to lost while the pose was right, per hour."""
    if not _has_health(tracks):
        return None
    alarms = sum(
        int(np.sum(track.lost[1:] & ~track.lost[:-1]
                   & (track.position_errors[1:] < FALSE_ALARM_ERROR_M)
                   & (track.position_errors[:-1] < FALSE_ALARM_ERROR_M)))
        for track in tracks)
    return alarms / _hours(tracks)


def _hours(tracks):
    return sum(len(track.stamps) * _period(track) for track in tracks) / 3600.0


def _median_outside(scenario, tracks):
    """Return the median error before and after tunnels [m]."""
    tunnels = blind_intervals(scenario)
    if not tunnels or math.isinf(max(end for _, end in tunnels)):
        return None
    masks = [(track.stamps >= WARM_UP_S) & ~np.any(
        [(track.stamps >= start) & (track.stamps < end) for start, end in tunnels], axis=0)
        for track in tracks]
    return _percentile(_joined(tracks, masks, 'position_errors'), 50.0)


def _alarm_delay(scenario, tracks):
    """Return the 95th percentile of the time until a kidnap is called lost [s]."""
    if scenario.kidnap_s is None or not _has_health(tracks):
        return None
    delays = [_first_alarm(track, scenario.kidnap_s)[0] for track in tracks]
    return float(np.percentile(delays, 95.0, method='higher'))


def _alarms_in_time(scenario, tracks):
    """Return the share of kidnaps that are called lost within 3 s or 30 m."""
    if scenario.kidnap_s is None or not _has_health(tracks):
        return None
    alarms = [_first_alarm(track, scenario.kidnap_s) for track in tracks]
    return float(np.mean([delay <= ALARM_S or way <= ALARM_M for delay, way in alarms]))


def _first_alarm(track, start):
    """Return time [s] and way [m] from an instant to the first sample called lost."""
    alarms = np.flatnonzero(track.lost & (track.stamps >= start))
    if not alarms.size:
        return math.inf, math.inf
    before = track.travelled[np.searchsorted(track.stamps, start)]
    return (float(track.stamps[alarms[0]] - start),
            float(track.travelled[alarms[0]] - before))


def _absorbed(scenario, tracks):
    """Return the way after a step of the imagery until the error stays below 1 m for 5 s [m]."""
    if scenario.step_s is None:
        return None
    ways = []
    for track in tracks:
        after = np.flatnonzero(track.stamps > scenario.step_s)
        right = track.position_errors[after] < ABSORBED_ERROR_M
        needed = round(ABSORBED_S / _period(track))
        steady = np.convolve(right, np.ones(needed), 'valid') >= needed
        first = after[np.argmax(steady)] if steady.any() else None
        start = track.travelled[np.searchsorted(track.stamps, scenario.step_s)]
        ways.append(math.inf if first is None else float(track.travelled[first] - start))
    return float(np.percentile(ways, 95.0, method='higher'))


def _recovered(scenario, tracks):
    """Return the share of starts or kidnaps after which the pose is right within 60 s."""
    start = scenario.kidnap_s or 0.0
    result = []
    for track in tracks:
        window = (track.stamps > start) & (track.stamps <= start + RECOVERY_S)
        right = track.trusted & (track.position_errors < FOUND_M)
        result.append(bool(np.any(window & right)))
    return float(np.mean(result))


def _longest(track):
    """Return the longest time in a row of a trusted pose more than 10 m off [s]."""
    wrong = track.trusted & (track.position_errors > WRONG_M)
    longest = current = 0
    for flag in wrong:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest * _period(track)


def _worst_trusted(tracks, warm):
    """Return the largest error of a pose that the method vouched for [m]."""
    errors = [track.position_errors[mask & track.trusted] for track, mask in zip(tracks, warm)]
    joined = np.concatenate(errors)
    return float(np.nanmax(joined)) if np.isfinite(joined).any() else None


def _lost_auroc(tracks, warm):
    """Return how well the lost score tells errors above 15 m from errors below 5 m."""
    score = _joined(tracks, warm, 'lost_scores')
    error = _joined(tracks, warm, 'position_errors')
    known = np.isfinite(score) & np.isfinite(error)
    bad = score[known & (error > LOST_ERROR_M)]
    good = score[known & (error < FALSE_ALARM_ERROR_M)]
    if not (bad.size and good.size):
        return None
    ranked = np.sort(good)
    below = np.searchsorted(ranked, bad, side='left')
    equal = np.searchsorted(ranked, bad, side='right') - below
    return float(np.mean((below + 0.5 * equal) / ranked.size))


def _auroc_after_grace(scenario, tracks):
    """Return the AUROC without the first 3 s after a kidnap, in which none need have noticed."""
    if scenario.kidnap_s is None:
        return None
    end = scenario.kidnap_s + ALARM_S
    return _lost_auroc(tracks, [
        (track.stamps >= WARM_UP_S) & ((track.stamps < scenario.kidnap_s) | (track.stamps >= end))
        for track in tracks])


def _offset_error(tracks):
    """Return the median error of the offset of GNSS against the imagery over the last 10 s."""
    errors = [float(np.median(track.offset_errors[track.stamps >= track.stamps[-1] - 10.0]))
              for track in tracks]
    known = [error for error in errors if math.isfinite(error)]
    return float(np.median(known)) if known else None
