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

"""One page that compares methods over the scenario suite."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from xview_loc import __version__
from xview_loc.report.style import house_style, INK, MUTED, RULE, save
from xview_loc.scenarios.figures.bars import Bar
from xview_loc.scenarios.figures.comparison import best_method, COMPARED, why_not_best

_COLOURS = ('#0072b2', '#e69f00', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#7f7f7f')
_COLUMNS = {
    'median_m': 'median [m]', 'p99_m': '99 % [m]', 'heading_median_deg': 'heading [deg]',
    'anees': 'ANEES', 'coverage95': 'inside 95 % ellipse', 'false_alarms_per_h': 'false alarms/h',
    'alarms_in_time': 'alarms in 3 s or 30 m', 'recovered_60s': 'recovered in 60 s',
    'confidently_wrong_s': 'confidently wrong [s]'}
_SHARES = ('coverage95', 'alarms_in_time', 'recovered_60s')
_CONSISTENT = (0.8, 1.2)
_NOTE = (
    'Seeded drives without rendering: likelihood volumes of the shape the matcher gives, GNSS and '
    'odometry with their errors. Every method sees the same measurements of the same drives. '
    'ANEES is 1 and 95 % of the truths lie inside the ellipse where a covariance can be trusted.')

Figures = Mapping[str, Mapping[str, Mapping[str, Any]]]


def write_scenario_page(scenarios: Figures, out: Path, bars: Sequence[Bar] = ()) -> Path:
    """
    Write ``scenarios.html`` and its pictures.

    :param scenarios: figures by scenario and method, as :func:`run_scenarios` returns them.
    :param out: an existing folder.
    :param bars: what the first method is held against.
    :return: path of the page, which needs no other file.
    """
    methods = list(next(iter(scenarios.values())))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(methods)}
    with house_style():
        pictures = [_picture(figure, out / name) for figure, name in (
            (error_figure(scenarios, colours), 'scenarios.png'),
            (consistency_figure(scenarios, colours), 'consistency.png'))]
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True,
                              autoescape=select_autoescape(default=True))
    page = environment.get_template('scenarios.html.j2').render(
        ink=INK, muted=MUTED, rule=RULE, note=_NOTE, pictures=pictures,
        headings=list(_COLUMNS.values()), bars=bars, footer=f'xview_loc {__version__}',
        tables=[(name, _drives(figures), _rows(figures, colours), _reasons(name, figures))
                for name, figures in scenarios.items()])
    path = out / 'scenarios.html'
    path.write_text(page, encoding='utf-8')
    return path


def _picture(figure: Figure, path: Path) -> str:
    """Save a figure and return it as text for the page."""
    save(figure, path)
    return base64.b64encode(path.read_bytes()).decode('ascii')


def error_figure(scenarios: Figures, colours: Mapping[str, str]) -> Figure:
    """
    Draw the median error as a dot and the 99 % error as the end of a line.

    :param scenarios: figures by scenario and method.
    :param colours: of the methods.
    """
    figure, axes, places = _rows_of_dots(scenarios, colours)
    for (name, values), place in places:
        median, upper = values['median_m'], values['p99_m']
        if median is not None and upper is not None:
            axes.plot([median, upper], [place, place], color=colours[name], linewidth=2.0,
                      alpha=0.6)
            axes.plot(median, place, 'o', color=colours[name], markersize=6.0)
    axes.set_xlabel('position error [m]: dot at the median, line to 99 %')
    return figure


def consistency_figure(scenarios: Figures, colours: Mapping[str, str]) -> Figure:
    """
    Draw how far each method may be trusted: its ANEES with two standard errors to either side.

    :param scenarios: figures by scenario and method.
    :param colours: of the methods.
    """
    figure, axes, places = _rows_of_dots(scenarios, colours)
    axes.axvspan(*_CONSISTENT, color=_COLOURS[3], alpha=0.15, linewidth=0.0)
    for (name, values), place in places:
        anees, error = values['anees'], values.get('anees_se')
        if anees is not None:
            if error is not None:
                axes.plot([max(anees - 2.0 * error, 0.5 * anees), anees + 2.0 * error],
                          [place, place], color=colours[name], linewidth=2.0, alpha=0.6)
            axes.plot(anees, place, 'o', color=colours[name], markersize=6.0)
    axes.set_xlabel('ANEES with two standard errors: consistent in the band, '
                    'to the right of it surer than right')
    return figure


def _rows_of_dots(scenarios, colours):
    """Return a figure with a row for each method of each scenario, and the places of the rows."""
    height = 1.2 + 0.22 * len(scenarios) * (len(colours) + 1)
    figure = Figure(figsize=(10.4, height), layout='constrained')
    axes = figure.subplots()
    step = len(colours) + 1.0
    places = [((name, figures[name]), step * k + i) for k, figures in enumerate(scenarios.values())
              for i, name in enumerate(colours)]
    axes.set_xscale('log')
    axes.xaxis.set_major_formatter('{x:g}')
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks([step * k + 0.5 * (step - 2.0) for k in range(len(scenarios))],
                    list(scenarios))
    axes.set_ylim(step * len(scenarios) - 1.0, -1.0)
    figure.legend([Line2D([], [], color=colour, marker='o', linestyle='')
                   for colour in colours.values()], list(colours),
                  loc='outside lower center', ncols=min(len(colours), 5))
    return figure, axes, places


def _drives(figures: Mapping[str, Mapping[str, Any]]) -> int:
    return int(next(iter(figures.values()))['drives'])


def _rows(figures: Mapping[str, Mapping[str, Any]],
          colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a row for each method: texts of its cells, each with whether it is the best."""
    best = {column: best_method(figures, column) for column in COMPARED}
    return [{'name': name, 'colour': colours[name],
             'cells': [(_text(column, values), best.get(column) == name)
                       for column in _COLUMNS]}
            for name, values in figures.items()]


def _reasons(scenario: str, figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each compared figure in which the first method is not the best."""
    sentences = [why_not_best(scenario, figures, column) for column in COMPARED]
    return [sentence for sentence in sentences if sentence is not None]


def _text(column: str, values: Mapping[str, Any]) -> str:
    """Write a figure, with its standard error where it has one; a dash where none applies."""
    value, error = values.get(column), values.get(f'{column}_se')
    if value is None:
        return '\u2013'
    if column in _SHARES:
        return f'{100.0 * value:.1f} %'
    return f'{value:.2f}' + (f' \u00b1 {error:.2f}' if error is not None else '')
