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

"""Which method is the most accurate, and why it is not always ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COMPARED = {'median_m': 'median', 'p99_m': '99 %'}
UNKNOWN = 'The reason has not been looked for.'
REASONS: dict[tuple[str, str], str] = {}


def best_method(figures: Mapping[str, Mapping[str, Any]], column: str) -> str | None:
    """
    Return the method with the lowest figure.

    :param figures: by method.
    :param column: one of :data:`COMPARED`.
    :return: ``None`` where no method has the figure.
    """
    known = {method: values[column] for method, values in figures.items()
             if values.get(column) is not None}
    return min(known, key=known.__getitem__) if known else None


def why_not_best(scenario: str, column: str) -> str:
    """
    Return why another method has the lower figure, in a sentence.

    :param scenario: its name.
    :param column: one of :data:`COMPARED`.
    """
    reason = REASONS.get((scenario, column), UNKNOWN)
    return f'Another method has the lower {COMPARED[column]} error. {reason}'
