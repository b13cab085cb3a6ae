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

"""Which method is the most accurate, and why it is not always the first."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import Any

COMPARED = {'median_m': 'median', 'p99_m': '99 %'}
CHANCE_SIGMA = 2.0
REASONS = {
    ('kidnap', 'p99_m'): (
        'A fix shows at once where a vehicle was carried to; a filter that does not follow forged '
        'fixes takes 2 to 3 s to tell, which is more than 1 % of the drive.'),
    ('construction', 'p99_m'): (
        'For 20 s every peak of the images is wrong; all that is left is odometry and GNSS, which '
        'is off by metres.'),
    ('imagery_step', 'p99_m'): (
        'The step of 3 m is itself the error of a second or two, more than 1 % of the drive, '
        'whatever follows the imagery.'),
}

Figures = Mapping[str, Mapping[str, Any]]


def best_method(figures: Figures, column: str) -> str | None:
    """
    Return the method with the lowest figure.

    :param figures: by method.
    :param column: one of :data:`COMPARED`.
    :return: ``None`` where no method has the figure.
    """
    known = {method: values[column] for method, values in figures.items()
             if values.get(column) is not None}
    return min(known, key=known.__getitem__) if known else None


def why_not_best(scenario: str, figures: Figures, column: str) -> str | None:
    """
    Return why the first method is not the best one, in a sentence or two.

    :param scenario: its name.
    :param figures: by method.
    :param column: one of :data:`COMPARED`.
    :return: ``None`` where it is the best or has no figure.
    """
    first, best = next(iter(figures)), best_method(figures, column)
    if best in (first, None) or figures[first].get(column) is None:
        return None
    more = figures[first][column] - figures[best][column]
    errors = [figures[method][f'{column}_se'] for method in (first, best)
              if figures[method].get(f'{column}_se') is not None]
    says = f'{best} has the lower {COMPARED[column]} error, by {more:.2f} m'
    if len(errors) == 2:
        says += f' (standard error of the difference at most {math.hypot(*errors):.2f} m)'
        if more < CHANCE_SIGMA * math.hypot(*errors):
            return f'{says}: that may be chance.'
    return f"{says}. {REASONS.get((scenario, column), 'The reason has not been looked for.')}"
