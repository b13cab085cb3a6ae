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

"""One page that compares several runs against the truth."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from matplotlib.figure import Figure
import numpy as np

from xview_loc import __version__
from xview_loc.recordings.trajectory import Trajectory
from xview_loc.recordings.trajectory_evaluation import RELATIVE_OVER_M, TrajectoryErrors
from xview_loc.report.style import house_style, INK, MUTED, RULE, save

# Okabe and Ito's palette, told apart by people with any kind of colour vision.
_COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f')
_TRUTH = '#111111'
_COLUMNS = {
    'poses': 'poses', 'ape_median_m': 'median [m]', 'ape_rmse_m': 'RMS [m]',
    'ape_p95_m': '95 % [m]', 'ape_max_m': 'largest [m]',
    'heading_median_deg': 'heading median [deg]',
    'rpe_rmse_m': f'RMS over {RELATIVE_OVER_M:g} m [m]'}
_NOTE = (
    'Absolute position errors without alignment, against the truth interpolated at the stamps of '
    'each run; heading as the absolute difference; the last column is the error of motion over '
    f'every {RELATIVE_OVER_M:g} m of the way. Poses outside the truth are left out.')


@dataclass(frozen=True)
class _Picture:
    """A picture of the page."""

    title: str
    caption: str
    data: str


def write_comparison(runs: Mapping[str, Trajectory], errors: Sequence[TrajectoryErrors],
                     truth: Trajectory, out: Path) -> Path:
    """
    Write ``comparison.html`` and its pictures.

    :param runs: estimated trajectories by name.
    :param errors: their errors, in the order of the table.
    :param truth: the true trajectory.
    :param out: an existing folder.
    :return: path of the page, which needs no other file.
    """
    colours = {run.name: _COLOURS[i % len(_COLOURS)] for i, run in enumerate(errors)}
    with house_style():
        pictures = [
            _picture('Trajectories', 'East to the right, north up.', 'trajectories.png',
                     trajectories_figure(runs, truth, colours), out),
            _picture('Position error over time', 'Logarithmic scale.', 'errors.png',
                     errors_figure(errors, colours), out),
            _picture('How often the error is how large', 'Share of poses with at most this error.',
                     'distribution.png', distribution_figure(errors, colours), out)]
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True,
                              autoescape=select_autoescape(default=True))
    page = environment.get_template('comparison.html.j2').render(
        title='Comparison of runs', ink=INK, muted=MUTED, rule=RULE, note=_NOTE,
        subtitle=f'{len(errors)} runs against {len(truth)} true poses over '
                 f'{truth.length_m:.0f} m.',
        headings=list(_COLUMNS.values()), rows=_rows(errors, colours), pictures=pictures,
        footer=f'xview_loc {__version__}')
    path = out / 'comparison.html'
    path.write_text(page, encoding='utf-8')
    return path


def trajectories_figure(runs: Mapping[str, Trajectory], truth: Trajectory,
                        colours: Mapping[str, str]) -> Figure:
    """Draw every trajectory over the truth."""
    figure = Figure(figsize=(10.4, 6.0), layout='constrained')
    axes = figure.subplots()
    axes.plot(*truth.poses[:, :2].T, color=_TRUTH, linewidth=3.4, label='truth')
    for name, run in runs.items():
        axes.plot(*run.poses[:, :2].T, color=colours.get(name, MUTED), linewidth=1.4, label=name)
    axes.set_aspect('equal', adjustable='datalim')
    axes.set_xlabel('east [m]')
    axes.set_ylabel('north [m]')
    figure.legend(loc='outside lower center', ncols=min(len(runs) + 1, 5))
    return figure


def errors_figure(errors: Sequence[TrajectoryErrors], colours: Mapping[str, str]) -> Figure:
    """Draw the position error of every run over time."""
    figure = Figure(figsize=(10.4, 4.2), layout='constrained')
    axes = figure.subplots()
    start = min(float(run.stamps[0]) for run in errors)
    for run in errors:
        axes.plot(run.stamps - start, np.maximum(run.position_m, 1e-3), color=colours[run.name],
                  linewidth=1.2, label=run.name)
    axes.set_yscale('log')
    axes.set_xlabel('time since the first pose [s]')
    axes.set_ylabel('error [m]')
    figure.legend(loc='outside lower center', ncols=min(len(errors), 5))
    return figure


def distribution_figure(errors: Sequence[TrajectoryErrors], colours: Mapping[str, str]) -> Figure:
    """Draw the cumulative distribution of the position error of every run."""
    figure = Figure(figsize=(10.4, 3.6), layout='constrained')
    axes = figure.subplots()
    for run in errors:
        share = np.arange(1, len(run.position_m) + 1) / len(run.position_m)
        axes.plot(np.sort(np.maximum(run.position_m, 1e-3)), 100.0 * share,
                  color=colours[run.name], label=run.name)
    axes.set_xscale('log')
    axes.set_xlabel('error [m]')
    axes.set_ylabel('poses [%]')
    axes.set_ylim(0.0, 100.0)
    figure.legend(loc='outside lower center', ncols=min(len(errors), 5))
    return figure


def _rows(errors: Sequence[TrajectoryErrors], colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the table, the best value of each column marked."""
    records = {run.name: run.record() for run in errors}
    best = {}
    for column in _COLUMNS:
        values = [record[column] for record in records.values() if record[column] is not None]
        if column != 'poses' and len(records) > 1 and values:
            best[column] = min(values)
    return [{'name': name, 'colour': colours[name], 'cells': [
        {'text': _number(record[column]), 'best': record[column] == best.get(column, math.nan)}
        for column in _COLUMNS]} for name, record in records.items()]


def _number(value: float | None) -> str:
    """Write a number for the table."""
    if value is None:
        return '-'
    return str(value) if isinstance(value, int) else f'{value:.3f}'


def _picture(title: str, caption: str, name: str, figure: Figure, out: Path) -> _Picture:
    """Save a figure and return it embedded."""
    data = base64.b64encode(save(figure, out / name).read_bytes()).decode('ascii')
    return _Picture(title, caption, data)
