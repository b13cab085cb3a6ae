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

"""One look for every picture: one colour per source, legible at the size of a page."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib import patheffects
from matplotlib.figure import Figure

from xview_loc.report.sources import Source

INK = '#1d2530'
MUTED = '#66707c'
RULE = '#d9dee4'

# Okabe and Ito's palette: told apart by people with any kind of colour vision.
COLOUR = {
    Source.TRUTH: '#111111',
    Source.OURS: '#0072b2',
    Source.GNSS: '#e69f00',
    Source.ODOMETRY: '#cc79a7',
    Source.PRIOR: '#56b4e9',
    Source.BLIND: '#7f7f7f',
    Source.PATCH_CENTRE: '#009e73',
    Source.MATCHER: '#d55e00',
}
HEALTH_COLOUR = {
    'initialising': '#c9d1da',
    'converged': '#4c9f70',
    'uncertain': '#f0b429',
    'lost': '#c0392b',
}

_SETTINGS = {
    'figure.dpi': 160, 'savefig.dpi': 160, 'figure.facecolor': 'white',
    'font.family': 'DejaVu Sans', 'font.size': 9.0, 'text.color': INK,
    'axes.titlesize': 10.5, 'axes.titleweight': 'bold', 'axes.titlelocation': 'left',
    'axes.titlepad': 8.0, 'axes.labelsize': 9.0, 'axes.labelcolor': INK,
    'axes.edgecolor': MUTED, 'axes.linewidth': 0.8, 'axes.spines.top': False,
    'axes.spines.right': False, 'axes.grid': True, 'axes.axisbelow': True,
    'grid.color': RULE, 'grid.linewidth': 0.7, 'xtick.color': MUTED, 'ytick.color': MUTED,
    'xtick.labelsize': 8.0, 'ytick.labelsize': 8.0, 'legend.fontsize': 8.5,
    'legend.frameon': False, 'lines.solid_capstyle': 'round', 'svg.fonttype': 'none',
}


@contextmanager
def house_style():
    """Apply the look to every figure made inside."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def halo(width: float = 3.0, colour: str = 'white'):
    """
    Return an outline that lifts lines and labels off a photograph.

    :param width: of the outline [points].
    :param colour: of the outline.
    """
    return [patheffects.Stroke(linewidth=width, foreground=colour), patheffects.Normal()]


def save(figure: Figure, path: Path) -> Path:
    """
    Write a figure as PNG.

    :param figure: what to write.
    :param path: the file.
    """
    figure.savefig(path, bbox_inches='tight', pad_inches=0.12)
    return path
