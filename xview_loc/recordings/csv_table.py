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

"""Tables of comma-separated numbers with a header, whose errors name file and line."""

from __future__ import annotations

from collections.abc import Sequence
import csv
import math
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError


def read_csv_table(path: str | Path, columns: Sequence[str], *, integer: Sequence[str] = (),
                   optional: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """
    Read columns of a table by their names; other columns may hold anything.

    :param path: the file.
    :param columns: names of columns that must be there and finite.
    :param integer: names of columns that must be there, as int64: float64 would round
        timestamps in nanoseconds.
    :param optional: names of columns that may be missing; then they are NaN.
    :return: ``(N,)`` arrays by name.
    :raises RecordingError: naming the file and the line that is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise RecordingError(f'{path} is missing.')
    with path.open(newline='', encoding='utf-8', errors='replace') as lines:
        rows = list(csv.reader(lines))
    header = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in (*integer, *columns) if name not in header]
    if missing:
        raise RecordingError(f'{path} line 1: the column {missing[0]} is missing.')
    places = {name: header.index(name) for name in (*integer, *columns, *optional)
              if name in header}
    parsed: dict[str, list] = {name: [] for name in (*integer, *columns, *optional)}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise RecordingError(
                f'{path} line {number} has {len(row)} values; the header names {len(header)}.')
        for name in parsed:
            text = row[places[name]] if name in places else 'nan'
            parsed[name].append(_parse(path, number, name, text, name in integer,
                                       name in optional))
    if len(rows) < 2:
        raise RecordingError(f'{path} holds no rows.')
    return {name: np.array(values, dtype=np.int64 if name in integer else np.float64)
            for name, values in parsed.items()}


def _parse(path: Path, number: int, name: str, text: str, integer: bool, optional: bool):
    """Parse one cell."""
    try:
        value = int(text) if integer else float(text)
    except ValueError:
        raise RecordingError(
            f'{path} line {number}: {name} is {text!r}; it must be a number.') from None
    if not optional and not math.isfinite(value):
        raise RecordingError(f'{path} line {number}: {name} is {text}; it must be finite.')
    return value
