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

"""A ground image and where on the patch it was taken."""

from __future__ import annotations

from collections.abc import Sequence
import math
from pathlib import Path

from matplotlib.figure import Figure
import numpy as np

from xview_loc.geometry.angles import heading_from_yaw
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.matching.modes import Mode
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.report.heatmap_figure import relative_likelihood
from xview_loc.report.map_axes import draw_north_arrow, draw_scale_bar, show_backdrop
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, halo, house_style, save


def write_match_figure(image: np.ndarray, patch: SatellitePatch, likelihood: PoseLikelihood,
                       modes: Sequence[Mode], path: Path) -> Path:
    """
    Write a picture of a single match.

    :param image: the ground image, RGB.
    :param patch: the patch it was matched to.
    :param likelihood: the volume.
    :param modes: hypotheses to mark, the first as the answer.
    :param path: PNG file to write.
    """
    with house_style():
        aspect = image.shape[1] / image.shape[0]
        figure = Figure(figsize=(6.4, 6.6 + 6.4 / aspect), layout='constrained')
        above, below = figure.subplots(2, 1, height_ratios=(6.4 / aspect, 6.2))
        above.imshow(image)
        above.set_axis_off()
        above.axvline(0.5 * image.shape[1] - 0.5, color=COLOUR[Source.OURS], linewidth=1.2)
        show_backdrop(below, patch.geometry, patch)
        _draw_likelihood(below, likelihood)
        for rank, mode in enumerate(modes):
            _draw_mode(below, mode, best=rank == 0)
        draw_scale_bar(below)
        draw_north_arrow(below)
        best = modes[0]
        heading = math.degrees(heading_from_yaw(best.pose.yaw))
        below.set_title(f'{best.pose.x:+.1f} m east, {best.pose.y:+.1f} m north, heading '
                        f'{heading:.0f} deg, weight {best.weight:.2f}')
        return save(figure, path)


def _draw_likelihood(axes, likelihood: PoseLikelihood) -> None:
    """Draw the best likelihood over yaw."""
    values = np.where(np.isfinite(likelihood.log_likelihood), likelihood.log_likelihood, -np.inf)
    best = values.max(axis=0)
    strength = relative_likelihood(np.where(np.isfinite(best), best, np.nan))
    height_m, width_m = likelihood.geometry.extent_m
    west = likelihood.geometry.centre_x - 0.5 * width_m
    south = likelihood.geometry.centre_y - 0.5 * height_m
    axes.imshow(strength, extent=(west, west + width_m, south, south + height_m), origin='upper',
                cmap='inferno', vmin=0.0, vmax=1.0, alpha=np.nan_to_num(0.1 + 0.6 * strength),
                zorder=2, interpolation='nearest')


def _draw_mode(axes, mode: Mode, best: bool) -> None:
    """Draw a hypothesis as an arrow along the image's centre column."""
    span = axes.get_xlim()[1] - axes.get_xlim()[0]
    length = (0.14 if best else 0.05 + 0.09 * mode.weight) * span
    colour = COLOUR[Source.OURS] if best else '#ffffff'
    tip = (mode.pose.x + length * math.cos(mode.pose.yaw),
           mode.pose.y + length * math.sin(mode.pose.yaw))
    axes.annotate('', xy=tip, xytext=(mode.pose.x, mode.pose.y), zorder=6 if best else 5,
                  arrowprops={'arrowstyle': '-|>', 'color': colour, 'shrinkA': 0, 'shrinkB': 0,
                              'linewidth': 2.4 if best else 1.2,
                              'path_effects': halo(4.4 if best else 2.4,
                                                   'white' if best else '#111111')})
    axes.plot([mode.pose.x], [mode.pose.y], 'o', color=colour, zorder=7,
              markersize=7.0 if best else 4.0, markeredgecolor='white' if best else '#111111',
              markeredgewidth=1.4)
