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

"""The filter's health and its claimed accuracy where the truth is unknown."""

from __future__ import annotations

from matplotlib.figure import Figure

from xview_loc.report import metrics
from xview_loc.report.error_figure import draw_health
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR


def health_figure(run: LiveRun) -> Figure:
    """
    Draw the reported 2 sigma over time above the band of health.

    :param run: the run.
    """
    times = [*run.poses.stamps, *(event.stamp for event in run.health)]
    start, end = min(times), max(times)
    figure = Figure(figsize=(10.4, 3.2), layout='constrained')
    rows = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 0.16))
    if run.poses.covariances is not None:
        claim = metrics.position_two_sigma(run.poses.covariances)
        rows[0].plot(run.poses.stamps - start, claim, color=COLOUR[Source.OURS], linewidth=1.3)
    rows[0].set_title('Reported position uncertainty')
    rows[0].set_ylabel('2 sigma [m]')
    rows[0].set_ylim(bottom=0.0)
    draw_health(rows[1], run, start, end)
    rows[0].set_xlim(0.0, max(end - start, 1.0))
    rows[1].set_xlabel('time [s]')
    return figure
