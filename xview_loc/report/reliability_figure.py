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

"""Whether credible regions hold the truth as often as they promise, before and after a fit."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
import numpy as np

from xview_loc.report.sources import Source
from xview_loc.report.style import COLOUR, MUTED


def reliability_figure(before: np.ndarray, after: np.ndarray) -> Figure:
    """
    Draw how often regions of each promised probability hold the truth.

    The band is where a calibrated matcher stays in 95 of 100 cases at each promise, if its matches
    are independent.

    :param before: ``(N,)`` credibility of the smallest region that holds each truth, see
        :func:`xview_loc.filtering.likelihood_reliability.credible_levels`, before the fit.
    :param after: ``(N,)`` the same with the fit.
    """
    figure = Figure(figsize=(4.6, 4.4), layout='constrained')
    axes = figure.subplots()
    promised = np.linspace(0.0, 1.0, 201)
    band = 1.96 * np.sqrt(promised * (1.0 - promised) / max(len(after), 1))
    axes.fill_between(promised, promised - band, promised + band, color=MUTED, alpha=0.15,
                      linewidth=0.0, label=f'chance, {len(after)} matches')
    axes.plot(promised, promised, color=MUTED, linewidth=0.8)
    for levels, colour, label in ((before, COLOUR[Source.BLIND], 'before'),
                                  (after, COLOUR[Source.OURS], 'after')):
        kept = (np.asarray(levels)[None] <= promised[:, None]).mean(axis=1)
        error = float(np.abs(kept - promised).mean()) if len(levels) else math.nan
        axes.plot(promised, kept, color=colour, linewidth=1.6,
                  label=f'{label}: off by {error:.3f}')
    axes.set_title('Reliability on held-out matches')
    axes.set_xlabel('promised share of truths in the region')
    axes.set_ylabel('kept share')
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_aspect('equal')
    axes.legend(loc='best')
    return figure
