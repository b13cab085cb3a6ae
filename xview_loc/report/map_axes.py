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

"""Axes that show a piece of the map on its orthophoto."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
import numpy as np

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.imagery.satellite_patch import SatellitePatch
from xview_loc.report.style import halo, INK

_NICE = (1.0, 2.0, 5.0)


def covering_geometry(points: np.ndarray, margin_m: float, most_pixels: int = 1400,
                      finest_m: float = 0.1, aspect: float | None = None) -> PatchGeometry:
    """
    Return the north-up patch that covers points with a margin.

    :param points: ``(N, 2)`` x, y [m]; not-finite rows are ignored.
    :param margin_m: distance kept from the rim [m].
    :param most_pixels: longest side of the patch [px].
    :param finest_m: finest resolution worth reading [m/px].
    :param aspect: width over height to extend the patch to; as the points need when ``None``.
    """
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) == 0:
        points = np.zeros((1, 2))
    low, high = points.min(axis=0) - margin_m, points.max(axis=0) + margin_m
    width, height = high - low
    if aspect is not None:
        width, height = max(width, height * aspect), max(height, width / aspect)
    resolution = max(finest_m, max(width, height) / most_pixels)
    centre = 0.5 * (low + high)
    return PatchGeometry(float(centre[0]), float(centre[1]), float(resolution),
                         math.ceil(height / resolution), math.ceil(width / resolution))


def show_backdrop(axes: Axes, geometry: PatchGeometry, patch: SatellitePatch | None,
                  fade: float = 0.0) -> None:
    """
    Draw the orthophoto and freeze the view to it.

    :param axes: where to draw; data coordinates become ``map`` metres.
    :param geometry: the part of the map to show.
    :param patch: its imagery, or ``None`` for a plain ground.
    :param fade: share of white mixed in, so that lines stand out.
    """
    height_m, width_m = geometry.extent_m
    west, south = geometry.centre_x - 0.5 * width_m, geometry.centre_y - 0.5 * height_m
    extent = (west, west + width_m, south, south + height_m)
    if patch is not None:
        image = patch.image.astype(np.float32) * (1.0 - fade) + 255.0 * fade
        image[~patch.valid] = 240.0
        axes.imshow(image.astype(np.uint8), extent=extent, origin='upper',
                    interpolation='lanczos', zorder=0)
    axes.set(xlim=extent[:2], ylim=extent[2:], aspect='equal')
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color('#9aa3ad')


def draw_scale_bar(axes: Axes) -> None:
    """Draw a scale bar of a round length in the lower left corner."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    length = nice_length(0.25 * (east - west))
    x, y = west + 0.04 * (east - west), south + 0.05 * (north - south)
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2.5, solid_capstyle='butt',
              path_effects=halo(5.0), zorder=20)
    axes.annotate(f'{length:g} m', (x + 0.5 * length, y), xytext=(0, 4),
                  textcoords='offset points', ha='center', va='bottom', fontsize=8,
                  path_effects=halo(2.5), zorder=21)


def draw_north_arrow(axes: Axes) -> None:
    """Draw an arrow to the north in the upper left corner."""
    axes.annotate('N', xy=(0.045, 0.97), xytext=(0.045, 0.885), xycoords='axes fraction',
                  textcoords='axes fraction', ha='center', va='center', fontsize=9,
                  fontweight='bold', zorder=21, path_effects=halo(2.5),
                  arrowprops={'arrowstyle': '-|>', 'color': INK, 'linewidth': 1.4,
                              'path_effects': halo(3.5)})


def nice_length(most: float) -> float:
    """
    Return the largest of 1, 2, 5 times a power of ten that does not exceed a length.

    :param most: positive length [m].
    """
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in _NICE if step * power <= most * (1.0 + 1e-9))
