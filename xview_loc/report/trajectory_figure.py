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

"""The trajectory over the orthophoto, as a whole and close up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.report.evaluation import Evaluation
from xview_loc.report.map_axes import (
    covering_geometry, draw_north_arrow, draw_scale_bar, show_backdrop)
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, halo
from xview_loc.report.track import Track

Backdrop = Callable[[PatchGeometry], SatellitePatch | None]
DETAIL_HALF_M = 10.0
DETAIL_M = 0.04
SPACING = 0.9

_ORDER = (Source.ODOMETRY, Source.GNSS, Source.TRUTH, Source.OURS)
_LINES: dict[Source, dict[str, Any]] = {
    Source.ODOMETRY: {'linewidth': 1.6, 'linestyle': (0, (4, 2)), 'zorder': 3},
    Source.GNSS: {'linewidth': 0.0, 'marker': 'o', 'markersize': 3.4, 'zorder': 4,
                  'markeredgecolor': 'white', 'markeredgewidth': 0.4},
    Source.TRUTH: {'linewidth': 3.4, 'zorder': 5},
    Source.OURS: {'linewidth': 1.8, 'zorder': 6},
}


def trajectory_figure(evaluation: Evaluation, backdrop: Backdrop) -> Figure:
    """
    Draw every source over the orthophoto, and the stretch where GNSS is worst close up.

    :param evaluation: tracks and errors.
    :param backdrop: returns the imagery of a part of the map, or ``None`` where there is none.
    """
    tracks = evaluation.tracks
    shape = tracks.get(Source.TRUTH, tracks[Source.OURS])
    whole = covering_geometry(shape.positions, 18.0, aspect=1.25)
    centre = detail_centre(evaluation)
    detail = PatchGeometry(centre[0], centre[1], DETAIL_M,
                           round(2.0 * DETAIL_HALF_M / DETAIL_M),
                           round(2.0 * DETAIL_HALF_M / DETAIL_M))
    figure = Figure(figsize=(10.4, 5.0), layout='constrained')
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _draw(left, tracks, whole, backdrop, ellipse_every_s=5.0)
    left.set_title('The whole drive')
    _mark_detail(left, centre)
    _draw(right, tracks, detail, backdrop, ellipse_every_s=0.5)
    right.set_title('Close up, ellipses at 2 sigma')
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower center', ncols=len(labels))
    return figure


def detail_centre(evaluation: Evaluation) -> tuple[float, float]:
    """Return where to look closely: our position when GNSS was worst, else halfway."""
    ours = evaluation.tracks[Source.OURS]
    if len(ours) == 0:
        return 0.0, 0.0
    gnss = evaluation.errors.get(Source.GNSS)
    stamp = ours.stamps[len(ours) // 2]
    if gnss is not None and gnss.known:
        inside = (gnss.stamps >= ours.stamps[0]) & (gnss.stamps <= ours.stamps[-1])
        errors = np.where(inside, gnss.position_m, np.nan)
        if np.isfinite(errors).any():
            stamp = gnss.stamps[np.nanargmax(errors)]
    x, y = ours.positions[np.argmin(np.abs(ours.stamps - stamp))]
    return float(x), float(y)


def _draw(axes: Axes, tracks: dict[Source, Track], geometry: PatchGeometry,
          backdrop: Backdrop, ellipse_every_s: float) -> None:
    """Draw all tracks over one part of the map."""
    show_backdrop(axes, geometry, backdrop(geometry), fade=0.25)
    for source in _ORDER:
        track = tracks.get(source)
        if track is None or len(track) == 0:
            continue
        plain = source in (Source.GNSS, Source.OURS)
        effects = None if plain else halo(_LINES[source]['linewidth'] + 1.8)
        axes.plot(*track.positions.T, color=COLOUR[source], label=source.value,
                  path_effects=effects, **_LINES[source])
    draw_ellipses(axes, tracks[Source.OURS], ellipse_every_s)
    draw_scale_bar(axes)
    draw_north_arrow(axes)


def draw_ellipses(axes: Axes, track: Track, every_s: float) -> None:
    """
    Draw reported 2-sigma ellipses along a track, so far apart that each can be seen.

    :param axes: map axes.
    :param track: poses with covariances.
    :param every_s: least time between two ellipses [s].
    """
    if track.covariances is None:
        return
    last, last_place = -np.inf, np.full(2, np.inf)
    for stamp, pose, covariance in zip(track.stamps, track.poses, track.covariances):
        if stamp - last < every_s or not np.isfinite(covariance).all():
            continue
        variances, axes_of = np.linalg.eigh(covariance[:2, :2])
        across, along = 4.0 * np.sqrt(np.maximum(variances, 0.0))
        if np.hypot(*(pose[:2] - last_place)) < SPACING * along:
            continue
        last, last_place = stamp, pose[:2]
        turn = np.degrees(np.arctan2(axes_of[1, 1], axes_of[0, 1]))
        axes.add_patch(Ellipse(
            tuple(pose[:2]), along, across, angle=float(turn), facecolor=COLOUR[Source.OURS],
            edgecolor=COLOUR[Source.OURS], alpha=0.28, linewidth=1.0, zorder=4.5))


def _mark_detail(axes: Axes, centre: tuple[float, float]) -> None:
    """Frame the part of the map that is shown close up."""
    side = 2.0 * DETAIL_HALF_M
    axes.add_patch(Rectangle(
        (centre[0] - DETAIL_HALF_M, centre[1] - DETAIL_HALF_M), side, side, fill=False,
        edgecolor='white', linewidth=1.6, zorder=10, path_effects=halo(3.2, '#111111')))
