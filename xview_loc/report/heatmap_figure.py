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

"""Camera frames beside what the matcher made of them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.report.live_run import HeatmapSample
from xview_loc.report.map_axes import draw_scale_bar, show_backdrop
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, halo
from xview_loc.report.track import Track
from xview_loc.report.trajectory_figure import Backdrop

_MARGIN = 1.5


def heatmap_figure(samples, images: dict[float, np.ndarray], tracks: dict[Source, Track],
                   backdrop: Backdrop, start: float) -> Figure:
    """
    Draw a row per sample: the camera image, and the heatmap on the orthophoto.

    :param samples: :class:`HeatmapSample` records, at least one.
    :param images: RGB images by stamp; a missing one leaves its place empty.
    :param tracks: tracks in ``map``; truth and ours are marked at each stamp.
    :param backdrop: imagery of a part of the map.
    :param start: time shown as zero [s].
    """
    shapes = [images[s.stamp].shape for s in samples if s.stamp in images]
    aspect = shapes[0][1] / shapes[0][0] if shapes else 2.0
    side = 2.7
    wide = min(max(aspect * side, side), 7.4)
    figure = Figure(figsize=(wide + side + 0.3, (side + 0.32) * len(samples)),
                    layout='constrained')
    grid = figure.subplots(len(samples), 2, squeeze=False, width_ratios=(wide, side))
    for row, sample in zip(grid, samples):
        _draw_image(row[0], images.get(sample.stamp), sample.stamp - start)
        _draw_heatmap(row[1], sample, tracks, backdrop)
    handles, labels = grid[0, 1].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside lower right', ncols=len(labels))
    return figure


def relative_likelihood(log_likelihood: np.ndarray) -> np.ndarray:
    """
    Return the likelihood relative to its peak, with a square root so that side peaks show.

    :param log_likelihood: ``(H, W)``; NaN where unknown.
    :return: ``(H, W)`` in [0, 1]; NaN where unknown.
    """
    finite = np.isfinite(log_likelihood)
    if not finite.any():
        return np.full(log_likelihood.shape, np.nan)
    difference = log_likelihood - log_likelihood[finite].max()
    return np.where(finite, np.exp(0.5 * np.clip(difference, -60.0, 0.0)), np.nan)


def _draw_image(axes: Axes, image: np.ndarray | None, elapsed: float) -> None:
    """Draw the camera image, or say that it is missing."""
    axes.set_title(f'camera at {elapsed:.1f} s')
    axes.set_anchor('NW')
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if image is None:
        axes.text(0.5, 0.5, 'image not in the bag', transform=axes.transAxes, ha='center')
    else:
        axes.imshow(image, interpolation='antialiased')


def _draw_heatmap(axes: Axes, sample: HeatmapSample, tracks: dict[Source, Track],
                  backdrop: Backdrop) -> None:
    """Draw a heatmap over its surroundings, with the true pose and ours."""
    cells = sample.geometry
    resolution = 0.1
    shape = [max(1, round(_MARGIN * side / resolution)) for side in cells.extent_m]
    around = PatchGeometry(cells.centre_x, cells.centre_y, resolution, shape[0], shape[1])
    show_backdrop(axes, around, backdrop(around), fade=0.15)
    height_m, width_m = cells.extent_m
    west, south = cells.centre_x - 0.5 * width_m, cells.centre_y - 0.5 * height_m
    strength = relative_likelihood(sample.log_likelihood)
    axes.imshow(strength, extent=(west, west + width_m, south, south + height_m),
                origin='upper', cmap='inferno', vmin=0.0, vmax=1.0, zorder=2,
                alpha=np.nan_to_num(0.15 + 0.7 * strength), interpolation='nearest')
    for source, marker, size in ((Source.TRUTH, 'o', 11.0), (Source.OURS, '+', 11.0)):
        if source in tracks and len(tracks[source]):
            x, y, _ = tracks[source].at(np.array([sample.stamp]))[0]
            axes.plot([x], [y], marker, markersize=size, label=source.value, zorder=6,
                      markerfacecolor='none',
                      markeredgecolor=COLOUR[source], markeredgewidth=1.7, linestyle='none',
                      path_effects=halo(3.4))
    axes.set(xlim=(around.centre_x - 0.5 * around.extent_m[1],
                   around.centre_x + 0.5 * around.extent_m[1]),
             ylim=(around.centre_y - 0.5 * around.extent_m[0],
                   around.centre_y + 0.5 * around.extent_m[0]))
    axes.set_title('where it could be')
    axes.set_anchor('NW')
    draw_scale_bar(axes)
