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

"""How long after the image its pose arrives."""

from __future__ import annotations

from matplotlib.figure import Figure
import numpy as np

from xview_loc.report import metrics
from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, INK


def latency_figure(latencies_s: np.ndarray) -> Figure:
    """
    Draw a histogram of latencies with its median and 95th percentile.

    :param latencies_s: ``(N,)`` [s].
    """
    latencies = 1e3 * np.asarray(latencies_s, dtype=np.float64)
    latencies = latencies[np.isfinite(latencies)]
    figure = Figure(figsize=(10.4, 2.8), layout='constrained')
    axes = figure.subplots()
    axes.set_title('From image stamp to pose arrival')
    axes.set_xlabel('latency [ms]')
    axes.set_ylabel('poses')
    if len(latencies) == 0:
        axes.text(0.5, 0.5, 'no pose came from an image', transform=axes.transAxes,
                  ha='center', va='center')
        return figure
    top = max(1.15 * metrics.percentile(latencies, 99.0), 1.0)
    axes.hist(np.minimum(latencies, top), bins=50, range=(0.0, top), color=COLOUR[Source.OURS],
              alpha=0.85, edgecolor='white', linewidth=0.4)
    axes.set_xlim(0.0, top)
    axes.margins(y=0.25)
    for rank, style, height in ((50.0, '-', 0.94), (95.0, '--', 0.80)):
        value = metrics.percentile(latencies, rank)
        axes.axvline(value, color=INK, linestyle=style, linewidth=1.2)
        # away from each other: neither label is crossed by the other's line
        right = rank == 95.0 or value < 0.15 * top
        axes.annotate(f'{"median" if rank == 50.0 else "95 %"} {value:.0f} ms',
                      (value, height), xycoords=('data', 'axes fraction'),
                      xytext=(5 if right else -5, 0), textcoords='offset points',
                      ha='left' if right else 'right', va='center', fontsize=8.5)
    return figure
