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

"""What goes to whom: people read stdout and stderr, programs read one JSON object on stdout."""

from __future__ import annotations

from collections.abc import Mapping
import json
import math
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn,
    TimeRemainingColumn)
from rich.table import Table

stdout = Console()
stderr = Console(stderr=True)


def print_json(record: Mapping[str, Any]) -> None:
    """
    Print one JSON object; what is not a finite number becomes null, as JSON knows no NaN.

    :param record: plain values, numpy scalars and arrays.
    """
    print(json.dumps(plain(record), allow_nan=False), flush=True)


def plain(value: Any) -> Any:
    """
    Return a value made of what JSON knows.

    :param value: plain values, numpy scalars, arrays and paths, nested in any way.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def progress() -> Progress:
    """Return a progress display on stderr, so that stdout stays clean for results."""
    return Progress(
        SpinnerColumn(), TextColumn('{task.description}'), BarColumn(bar_width=32),
        MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), console=stderr,
        transient=not stderr.is_terminal)


def say(sentence: str) -> None:
    """Print a line about what is going on, on stderr."""
    stderr.print(sentence, highlight=False, soft_wrap=True)


def figures_table(title: str, rows: list[tuple[str, str]]) -> Table:
    """
    Return a two-column table.

    :param title: heading.
    :param rows: name and value.
    """
    table = Table(title=title, title_justify='left', title_style='bold', show_header=False,
                  box=None, pad_edge=False)
    table.add_column(style='dim')
    table.add_column(justify='right')
    for row in rows:
        table.add_row(*row)
    return table
