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
    Write ``scenarios.html`` and its picture.

    :param scenarios: figures by scenario and method, as :func:`run_scenarios` returns them.
    :param out: an existing folder.
    :param bars: what the first method is held against.
    :return: path of the page, which needs no other file.
    """
    methods = list(next(iter(scenarios.values())))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(methods)}
    with house_style():
        save(comparison_figure(scenarios, colours), out / 'scenarios.png')
    picture = base64.b64encode((out / 'scenarios.png').read_bytes()).decode('ascii')
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True,
                              autoescape=select_autoescape(default=True))
    page = environment.get_template('scenarios.html.j2').render(
        ink=INK, muted=MUTED, rule=RULE, note=_NOTE, picture=picture,
        headings=list(_COLUMNS.values()), bars=bars, footer=f'xview_loc {__version__}',
        tables=[(name, _drives(figures), _rows(figures, colours), _reasons(name, figures))
                for name, figures in scenarios.items()])
    path = out / 'scenarios.html'
    path.write_text(page, encoding='utf-8')
    return path


def comparison_figure(scenarios: Figures, colours: Mapping[str, str]) -> Figure:
    """
    Draw how far off each method is, and how far it may be trusted.

    On the left the median error is a dot and the 99 % error the end of a line; on the right ANEES
    is a dot with two standard errors to either side, consistent inside the band.

    :param scenarios: figures by scenario and method.
    :param colours: of the methods.
    """
    step = len(colours) + 1.0
    figure = Figure(figsize=(10.4, 1.4 + 0.13 * step * len(scenarios)), layout='constrained')
    errors, consistency = figure.subplots(1, 2, sharey=True)
    consistency.axvspan(*_CONSISTENT, color=MUTED, alpha=0.2, linewidth=0.0)
    for k, figures in enumerate(scenarios.values()):
        for i, (name, colour) in enumerate(colours.items()):
            values, place = figures[name], step * k + i
            _dot_and_line(errors, place, colour, values['median_m'],
                          (values['median_m'], values['p99_m']))
            _dot_and_line(consistency, place, colour, values['anees'], _interval(values))
    for axes in (errors, consistency):
        axes.set_xscale('log')
        axes.xaxis.set_major_formatter('{x:g}')
        axes.xaxis.set_minor_formatter(NullFormatter())
    errors.set_yticks([step * k + 0.5 * (step - 2.0) for k in range(len(scenarios))],
                      list(scenarios))
    errors.set_ylim(step * len(scenarios) - 1.0, -1.0)
    errors.set_xlabel('position error [m], line to 99 %')
    consistency.set_xlabel('ANEES: right of the band surer than right')
    figure.legend([Line2D([], [], color=colour, marker='o', linestyle='')
                   for colour in colours.values()], list(colours),
                  loc='outside lower center', ncols=min(len(colours), 5))
    return figure


def _interval(values):
    """Return ANEES with two standard errors to either side, on a logarithmic axis."""
    anees, error = values['anees'], values.get('anees_se')
    if anees is None or error is None:
        return anees, anees
    return max(anees - 2.0 * error, 0.5 * anees), anees + 2.0 * error


def _dot_and_line(axes, place, colour, dot, line):
    if dot is not None and None not in line:
        axes.plot(line, [place, place], color=colour, linewidth=2.0, alpha=0.6)
        axes.plot(dot, place, 'o', color=colour, markersize=5.0)


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
