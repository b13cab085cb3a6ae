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

"""PASS or FAIL of a demo run, and why."""

from __future__ import annotations

from dataclasses import dataclass
import math

from xview_loc.report import metrics
from xview_loc.report.evaluation import Drive, errors_of, Evaluation
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source


@dataclass(frozen=True)
class Check:
    """
    One bar and whether it was cleared.

    :param name: what is checked, for people.
    :param value: the measured figure.
    :param bar: the figure it is held against.
    :param passed: the outcome.
    :param unit: unit of value and bar.
    """

    name: str
    value: float
    bar: float
    passed: bool
    unit: str = ''


@dataclass(frozen=True)
class DemoBars:
    """
    What the demo must reach.

    :param median_error_m: highest median position error [m].
    :param share_of_gnss: highest share of the GNSS-only median error.
    :param matches_per_s: lowest rate of matches.
    :param lost_s: longest time in the lost state [s].
    :param blind_share: lowest ratio of the blind median to that of GNSS and odometry alone; a
        filter without eyes that beats its prior by more has been told the answer.
    """

    median_error_m: float = 0.7
    share_of_gnss: float = 0.25
    matches_per_s: float = 8.0
    lost_s: float = 0.0
    blind_share: float = 0.75


def demo_checks(evaluation: Evaluation, falsely_converged_s: float,
                bars: DemoBars = DemoBars()) -> list[Check]:
    """
    Hold the figures of a demo run against its bars; NaN never passes.

    :param evaluation: as from :func:`xview_loc.report.evaluation.evaluate`, with the blind run
        and the prior.
    :param falsely_converged_s: see :func:`falsely_converged_s`.
    :param bars: the limits.
    """
    figures, prior = evaluation.figures, evaluation.errors.get(Source.PRIOR)
    prior_m = metrics.median(prior.position_m) if prior else math.nan
    return [
        _at_most('median position error', figures['median_error_m'], bars.median_error_m, 'm'),
        _at_most('share of the GNSS-only error',
                 figures['median_error_m'] / figures['gnss_median_error_m'], bars.share_of_gnss),
        _at_least('matches per second', figures['matches_per_s'], bars.matches_per_s, '1/s'),
        _at_most('time lost', figures['lost_s'], bars.lost_s, 's'),
        _at_least('blind error over that of GNSS and odometry',
                  figures['blind_median_error_m'] / prior_m, bars.blind_share),
        _at_most('blind run falsely converged', falsely_converged_s, 0.0, 's'),
    ]


def falsely_converged_s(run: LiveRun, drive: Drive, allowed_m: float = 0.0) -> float:
    """
    Return how long a run called itself converged although the truth was outside its claim.

    A pose counts when it was reported as converged and its position error exceeds four reported
    standard deviations along the worst direction (by chance once in 3000 poses) and
    ``allowed_m``.

    :param run: the run, usually with blacked-out images.
    :param drive: the drive with its truth.
    :param allowed_m: error that is tolerated whatever was reported [m].
    """
    if drive.truth is None or run.poses.covariances is None or len(run.poses) < 2:
        return 0.0
    errors = errors_of(run.poses, drive.truth).position_m
    claim = 2.0 * metrics.position_two_sigma(run.poses.covariances)
    states = states_at(run, run.poses.stamps)
    wrong = [state == 'converged' and math.isfinite(error) and error > max(bound, allowed_m)
             for state, error, bound in zip(states, errors, claim)]
    return metrics.seconds_in_state(
        run.poses.stamps, ['wrong' if flag else 'right' for flag in wrong], 'wrong',
        float(run.poses.stamps[-1]))


def states_at(run: LiveRun, stamps) -> list[str]:
    """
    Return the state of health in force at each stamp; '' before the first report.

    :param run: the run.
    :param stamps: increasing times [s].
    """
    states, index, current = [], 0, ''
    for stamp in stamps:
        while index < len(run.health) and run.health[index].stamp <= stamp:
            current = run.health[index].state
            index += 1
        states.append(current)
    return states


def _at_most(name: str, value: float, bar: float, unit: str = '') -> Check:
    """Pass when the value is at most the bar."""
    return Check(f'{name}, at most', value, bar, bool(value <= bar), unit)


def _at_least(name: str, value: float, bar: float, unit: str = '') -> Check:
    """Pass when the value is at least the bar."""
    return Check(f'{name}, at least', value, bar, bool(value >= bar), unit)
