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

"""Timestamps of KITTI: lines of date and time with nanoseconds."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from xview_loc.errors import RecordingError


def read_timestamps(path: str | Path) -> np.ndarray:
    """
    Read a ``timestamps.txt`` of KITTI raw, such as ``2011-09-26 13:02:25.964389445``.

    The files do not name a time zone; they are taken as UTC.

    :param path: the file.
    :return: ``(N,)`` int64 nanoseconds since 1970.
    :raises RecordingError: naming the file and the line that is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise RecordingError(f'{path} is missing; it holds the acquisition times.')
    lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    stamps = [_nanoseconds(path, number, line) for number, line in enumerate(lines, start=1)]
    return np.array(stamps, dtype=np.int64)


def _nanoseconds(path: Path, number: int, line: str) -> int:
    """Parse one line."""
    moment, _, fraction = line.strip().partition('.')
    try:
        whole = datetime.strptime(moment, '%Y-%m-%d %H:%M:%S').replace(tzinfo=timezone.utc)
        return int(whole.timestamp()) * 10**9 + int(fraction.ljust(9, '0')[:9] or '0')
    except ValueError:
        raise RecordingError(
            f'{path} line {number}: {line.strip()!r} is not a time such as '
            '2011-09-26 13:02:25.964389445.') from None
