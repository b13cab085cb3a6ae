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

"""Errors over time beside what the filter said about them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
import numpy as np

from xview_loc.report import metrics
from xview_loc.report.evaluation import Evaluation
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, HEALTH_COLOUR

_COMPARED = (Source.ODOMETRY, Source.GNSS, Source.PRIOR, Source.BLIND, Source.OURS)
# Black images leave the filter with GNSS and odometry: the two curves lie on each other.
_WIDTH = {Source.OURS: 1.8, Source.PRIOR: 4.0}
_TICKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


def error_figure(evaluation: Evaluation, run: LiveRun) -> Figure:
    """
    Draw the position error of every source, ours with its 2 sigma, heading, and health.

    :param evaluation: errors per source; must hold ours.
    :param run: the run with its covariances and health.
    """
    start = float(run.poses.stamps[0]) if len(run.poses) else 0.0
    end = float(run.poses.stamps[-1]) if len(run.poses) else 1.0
    figure = Figure(figsize=(10.4, 7.2), layout='constrained')
    rows = figure.subplots(4, 1, sharex=True, height_ratios=(1.25, 1.0, 0.9, 0.16))
    _draw_all(rows[0], evaluation, start)
    _draw_ours(rows[1], evaluation, run, start)
    _draw_heading(rows[2], evaluation, run, start)
    draw_health(rows[3], run, start, end)
    rows[0].set_xlim(0.0, max(end - start, 1.0))
    rows[3].set_xlabel('time since the first pose [s]')
    figure.align_ylabels(rows)
    return figure


def _draw_all(axes: Axes, evaluation: Evaluation, start: float) -> None:
    """Draw the error of every source on a logarithmic axis."""
    for source in _COMPARED:
        errors = evaluation.errors.get(source)
        if errors is None or not errors.known:
            continue
        ours = source is Source.OURS
        axes.plot(errors.stamps - start, errors.position_m, color=COLOUR[source],
                  linewidth=_WIDTH.get(source, 1.2), zorder=5 if ours else 3, label=source.value)
    axes.set_yscale('log')
    axes.set_ylim(bottom=0.03)
    axes.yaxis.set_major_locator(FixedLocator(_TICKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:g}'))
    axes.set_title('Position error of every source')
    axes.set_ylabel('error [m], log scale')
    axes.legend(loc='lower right', bbox_to_anchor=(1.0, 1.0), ncols=5, borderaxespad=0.2,
                columnspacing=1.4, handlelength=1.6)


def _draw_ours(axes: Axes, evaluation: Evaluation, run: LiveRun, start: float) -> None:
    """Draw our error inside the 2 sigma that was reported with it."""
    errors = evaluation.errors[Source.OURS]
    claim = None
    if run.poses.covariances is not None:
        claim = metrics.position_two_sigma(run.poses.covariances)
    _draw_claimed(axes, errors.stamps - start, errors.position_m, claim)
    axes.set_title('Our position error and the reported 2 sigma')
    axes.set_ylabel('error [m]')


def _draw_heading(axes: Axes, evaluation: Evaluation, run: LiveRun, start: float) -> None:
    """Draw our heading error inside its reported 2 sigma."""
    errors = evaluation.errors[Source.OURS]
    claim = None
    if run.poses.covariances is not None:
        claim = 2.0 * np.degrees(np.sqrt(np.maximum(run.poses.covariances[:, 2, 2], 0.0)))
    _draw_claimed(axes, errors.stamps - start, errors.heading_deg, claim)
    axes.set_title('Our heading error and the reported 2 sigma')
    axes.set_ylabel('error [deg]')


def _draw_claimed(axes: Axes, times: np.ndarray, errors: np.ndarray, claim) -> None:
    """Draw a curve of errors over the band that was claimed, scaled to be readable."""
    tops = [metrics.percentile(errors, 90.0)]
    if claim is not None:
        axes.fill_between(times, 0.0, claim, color=COLOUR[Source.OURS], alpha=0.18, linewidth=0,
                          label='reported 2 sigma')
        tops.append(metrics.percentile(claim, 90.0))
    axes.plot(times, errors, color=COLOUR[Source.OURS], linewidth=1.3, label='error')
    top = 1.6 * np.nanmax([*tops, 0.0])
    axes.set_ylim(0.0, top if top > 0.0 else 1.0)
    axes.legend(loc='lower right', bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)


def draw_health(axes: Axes, run: LiveRun, start: float, end: float) -> None:
    """
    Draw the filter's health as a coloured band.

    :param axes: a flat pair of axes.
    :param run: the run.
    :param start: time of the axis' zero [s].
    :param end: end of the last state [s].
    """
    stamps = [event.stamp for event in run.health] + [end]
    for event, until in zip(run.health, stamps[1:]):
        axes.axvspan(event.stamp - start, until - start, linewidth=0,
                     color=HEALTH_COLOUR.get(event.state, '#ffffff'))
    axes.set(ylim=(0.0, 1.0), yticks=[])
    axes.grid(False)
    axes.set_title('Health', fontsize=9.0)
    present = [state for state in HEALTH_COLOUR
               if any(event.state == state for event in run.health)]
    handles = [axes.bar(0.0, 0.0, color=HEALTH_COLOUR[state], label=state) for state in present]
    if handles:
        axes.legend(handles=handles, loc='lower right', bbox_to_anchor=(1.0, 1.0),
                    ncols=len(handles), borderaxespad=0.2, handlelength=1.0)
