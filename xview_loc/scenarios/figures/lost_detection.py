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

"""How well a method knows that it is lost."""

from __future__ import annotations

import math

import numpy as np

from xview_loc.scenarios.drive_track import DriveTrack
from xview_loc.scenarios.figures.allowance import ALARM_M, ALARM_S, since
from xview_loc.scenarios.scenario import Scenario

RIGHT_M = 5.0
WRONG_M = 15.0


def has_health(tracks: list[DriveTrack]) -> bool:
    """Tell whether a method says at all how sure it is of its track."""
    return any(np.isfinite(track.lost_scores).any() for track in tracks)


def false_alarm_count(tracks: list[DriveTrack]) -> int:
    """Count transitions to lost while the pose was right to 5 m."""
    return sum(
        int(np.sum(track.lost[1:] & ~track.lost[:-1] & (track.position_errors[1:] < RIGHT_M)
                   & (track.position_errors[:-1] < RIGHT_M)))
        for track in tracks)


def lost_auroc(tracks: list[DriveTrack], masks: list[np.ndarray]) -> float | None:
    """
    Return how well the lost score tells errors above 15 m from errors below 5 m.

    :param tracks: of one method.
    :param masks: samples to count, ``(M,)`` bool of each track.
    :return: area under the curve of the receiver; ``None`` where one kind never occurs.
    """
    score = np.concatenate([track.lost_scores[mask] for track, mask in zip(tracks, masks)])
    error = np.concatenate([track.position_errors[mask] for track, mask in zip(tracks, masks)])
    known = np.isfinite(score) & np.isfinite(error)
    bad = score[known & (error > WRONG_M)]
    good = np.sort(score[known & (error < RIGHT_M)])
    if not (bad.size and good.size):
        return None
    below = np.searchsorted(good, bad, side='left')
    equal = np.searchsorted(good, bad, side='right') - below
    return float(np.mean((below + 0.5 * equal) / good.size))


def alarm_delay(scenario: Scenario, tracks: list[DriveTrack]) -> float | None:
    """
    Return the 95th percentile of the time until a kidnap is called lost [s].

    :param scenario: with a kidnap, else the result is ``None``.
    :param tracks: of one method in it.
    """
    if scenario.kidnap_s is None or not has_health(tracks):
        return None
    delays = [_first_alarm(track, scenario.kidnap_s)[0] for track in tracks]
    return float(np.percentile(delays, 95.0, method='higher'))


def alarms_in_time(scenario: Scenario, tracks: list[DriveTrack]) -> float | None:
    """
    Return the share of kidnaps that are called lost within 3 s or 30 m.

    :param scenario: with a kidnap, else the result is ``None``.
    :param tracks: of one method in it.
    """
    if scenario.kidnap_s is None or not has_health(tracks):
        return None
    return float(np.mean([_is_in_time(track, scenario.kidnap_s) for track in tracks]))


def alarms_in_time_unless_back(scenario: Scenario, tracks: list[DriveTrack]) -> float | None:
    """
    Return the same share without vehicles that came back by themselves.

    A vehicle put a little ahead of its believed pose and turned around drives through that pose:
    before the alarm is due the belief is right again, to 5 m.

    :param scenario: with a kidnap, else the result is ``None``.
    :param tracks: of one method in it.
    """
    if scenario.kidnap_s is None or not has_health(tracks):
        return None
    gone = [track for track in tracks if not _comes_back(track, scenario.kidnap_s)]
    return alarms_in_time(scenario, gone) if gone else None


def _is_in_time(track, start):
    delay, way = _first_alarm(track, start)
    return delay <= ALARM_S or way <= ALARM_M


def _comes_back(track, start):
    elapsed, way = since(track, start)
    due = (elapsed > 0.0) & ((elapsed <= ALARM_S) | (way <= ALARM_M)) & ~track.lost
    return bool(np.any(track.position_errors[due] < RIGHT_M))


def _first_alarm(track, start):
    """Return time [s] and way [m] from an instant to the first sample called lost."""
    elapsed, way = since(track, start)
    alarms = np.flatnonzero(track.lost & (elapsed >= 0.0))
    return (float(elapsed[alarms[0]]), float(way[alarms[0]])) if alarms.size else (
        math.inf, math.inf)
