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

"""The one-file page of a run."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
import math
from pathlib import Path
import platform

from jinja2 import Environment, FileSystemLoader, select_autoescape
from matplotlib.figure import Figure
import numpy as np

from xview_loc import __version__
from xview_loc.report import metrics
from xview_loc.report.error_figure import error_figure
from xview_loc.report.evaluation import coverage, Drive, Evaluation, seconds_in
from xview_loc.report.health_figure import health_figure
from xview_loc.report.heatmap_figure import heatmap_figure
from xview_loc.report.latency_figure import latency_figure
from xview_loc.report.live_run import LiveRun
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, house_style, save
from xview_loc.report.trajectory_figure import Backdrop, trajectory_figure
from xview_loc.report.verdict import Check

TEMPLATE = 'report.html.j2'
_TABLE = (Source.OURS, Source.GNSS, Source.ODOMETRY, Source.PRIOR, Source.BLIND,
          Source.PATCH_CENTRE, Source.MATCHER)
_TABLE_NOTE = (
    'Errors at the stamps of each source against the truth interpolated there. "centre of the '
    'search" is where the matcher was told to look, our own prediction before the image came: '
    'while tracking it is good, and an image must not make it worse. "single matches" is the '
    'best cell of each heatmap without any filter. Odometry is aligned with the truth at its '
    'start. "GNSS + odometry" is the same filter without a camera.')


@dataclass(frozen=True)
class ReportContent:
    """
    Everything that a report shows.

    :param title: heading of the page.
    :param subtitle: one line about what was run.
    :param run: the run.
    :param drive: GNSS, odometry and truth.
    :param evaluation: errors and figures.
    :param backdrop: imagery of a part of the map.
    :param images: camera images at the stamps of the run's heatmap samples.
    :param checks: bars and whether they were cleared; none for a plain replay.
    :param notes: paragraphs under the figures.
    :param command: the command that reproduces the page.
    :param attribution: credit line of the imagery.
    """

    title: str
    subtitle: str
    run: LiveRun
    drive: Drive
    evaluation: Evaluation
    backdrop: Backdrop
    images: dict[float, np.ndarray]
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ''
    attribution: str = ''


@dataclass(frozen=True)
class _Picture:
    """A picture of the page: its file name, words, and how it is drawn."""

    name: str
    title: str
    caption: str
    figure: Figure
    data: str = field(default='')


def write_report(content: ReportContent, out: Path) -> Path:
    """
    Write ``report.html`` and its pictures.

    :param content: what to show.
    :param out: an existing folder.
    :return: path of the page, which needs no other file.
    """
    with house_style():
        pictures = [_embedded(picture, out) for picture in _pictures(content)]
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True,
                              autoescape=select_autoescape(default=True))
    page = environment.get_template(TEMPLATE).render(
        title=content.title, subtitle=content.subtitle, status=_status(content.checks),
        checks=[_check_row(check) for check in content.checks], tiles=_tiles(content),
        notes=content.notes, rows=_rows(content.evaluation), table_note=_TABLE_NOTE,
        pictures=pictures, warnings=_warnings(content.run), footer=_footer(content),
        command=content.command, ours_colour=COLOUR[Source.OURS])
    path = out / 'report.html'
    path.write_text(page, encoding='utf-8')
    return path


def _pictures(content: ReportContent) -> list[_Picture]:
    """Draw every picture there is data for."""
    run, evaluation = content.run, content.evaluation
    start = float(run.poses.stamps[0]) if len(run.poses) else 0.0
    pictures = []
    if len(run.poses):
        pictures.append(_Picture(
            'trajectory', 'Where it drove',
            'Left: the drive over the imagery it was localized in. Right: the place where GNSS '
            'was worst, with the ellipses that the filter reported at 2 sigma.',
            trajectory_figure(evaluation, content.backdrop)))
    if Source.OURS in evaluation.errors:
        pictures.append(_Picture(
            'errors', 'How far off, and what it claimed',
            'The shaded bands are the uncertainty that was published with each pose, along its '
            'worst direction. An honest filter stays inside about 95 % of the time. The scales '
            'of the lower panels suit the later drive; what exceeds them is cut off.',
            error_figure(evaluation, run)))
    elif run.health:
        pictures.append(_Picture('health', 'Health', 'What the filter said about itself.',
                                 health_figure(run)))
    if run.samples:
        pictures.append(_Picture(
            'heatmaps', 'What the camera saw and what the matcher made of it',
            'Bright cells are likely positions; brightness is the square root of the likelihood '
            'relative to its peak, taken over all headings.',
            heatmap_figure(run.samples, content.images, evaluation.tracks, content.backdrop,
                           start)))
    if len(run.latencies_s):
        pictures.append(_Picture(
            'latency', 'How late',
            'ROS time between the stamp of an image and the arrival of the pose made from it. '
            'The pose carries the stamp of the image, so the delay is not an error.',
            latency_figure(run.latencies_s)))
    return pictures


def _embedded(picture: _Picture, out: Path) -> _Picture:
    """Save a picture beside the page and keep its bytes for the page itself."""
    path = save(picture.figure, out / f'{picture.name}.png')
    data = base64.b64encode(path.read_bytes()).decode()
    return _Picture(picture.name, picture.title, picture.caption, picture.figure, data)


def _status(checks: tuple[Check, ...]) -> str:
    """Return PASS, FAIL, or NONE where nothing was checked."""
    if not checks:
        return 'NONE'
    return 'PASS' if all(check.passed for check in checks) else 'FAIL'


def _tiles(content: ReportContent) -> list[dict[str, str]]:
    """Return the headline figures."""
    figures, run = content.evaluation.figures, content.run
    end = float(run.poses.stamps[-1]) if len(run.poses) else 0.0
    inside = coverage(run, content.drive.truth)
    tiles = [
        ('median position error', _unit(figures['median_error_m'], 'm', 2)),
        ('median heading error', _unit(figures['median_heading_error_deg'], 'deg', 2)),
        ('GNSS-only median', _unit(figures['gnss_median_error_m'], 'm', 2)),
        ('matches per second', number(figures['matches_per_s'], 1)),
        ('median latency', _unit(figures['latency_ms_p50'], 'ms', 0)),
        ('truth inside the 95 % ellipse', _unit(100.0 * inside, '%', 0)),
        ('average NEES (1 is ideal)', number(figures['anees'], 2)),
        ('time converged', _unit(seconds_in(run, 'converged', end), 's', 1)),
    ]
    return [{'label': label, 'value': value} for label, value in tiles if value != '-']


def _rows(evaluation: Evaluation) -> list[dict]:
    """Return the table of sources."""
    rows = []
    for source in _TABLE:
        errors = evaluation.errors.get(source)
        if errors is None or not errors.known:
            continue
        rows.append({
            'name': source.value, 'ours': source is Source.OURS, 'colour': COLOUR[source],
            'count': int(np.isfinite(errors.position_m).sum()),
            'median': number(metrics.median(errors.position_m), 2),
            'p95': number(metrics.percentile(errors.position_m, 95.0), 2),
            'largest': number(metrics.percentile(errors.position_m, 100.0), 2),
            'final': number(errors.final_m, 2),
            'heading': number(metrics.median(errors.heading_deg), 2)})
    return rows


def _check_row(check: Check) -> dict:
    """Return a bar as words."""
    return {'name': check.name, 'passed': check.passed,
            'value': _unit(check.value, check.unit, 2), 'bar': _unit(check.bar, check.unit, 2)}


def _warnings(run: LiveRun) -> list[dict]:
    """Return the diagnostics at WARN and above."""
    start = float(run.poses.stamps[0]) if len(run.poses) else 0.0
    return [{'name': complaint.name, 'message': complaint.message, 'times': complaint.times,
             'time': f'{max(complaint.stamp - start, 0.0):.1f}'}
            for complaint in sorted(run.warnings, key=lambda item: item.stamp)]


def _footer(content: ReportContent) -> str:
    """Return version, machine and credits."""
    parts = [f'xview_loc {__version__}', f'Python {platform.python_version()}',
             f'NumPy {np.__version__}', platform.machine()]
    if content.attribution:
        parts.append(f'Imagery: {content.attribution}')
    return ' · '.join(parts)


def number(value: float, digits: int) -> str:
    """
    Return a figure for people; '-' where it is unknown.

    :param value: the figure.
    :param digits: after the decimal point.
    """
    return f'{value:.{digits}f}' if math.isfinite(value) else '-'


def _unit(value: float, unit: str, digits: int) -> str:
    """Return a figure with its unit; '-' where it is unknown."""
    text = number(value, digits)
    return text if text == '-' or not unit else f'{text} {unit}'
