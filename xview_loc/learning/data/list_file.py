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

"""Lists of pairs: lines of words, whose errors name file and line."""

from __future__ import annotations

from collections.abc import Iterator
import math
from pathlib import Path

from xview_loc.errors import DataSetError
from xview_loc.learning.data.image_files import require_file


def read_rows(path: str | Path, count: int | tuple[int, ...], what: str,
              separator: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """
    Yield line number and words of every line that is not empty.

    :param path: the list.
    :param count: words on each line, or the numbers that are allowed.
    :param what: what the list holds, for messages.
    :param separator: between words; any white space when ``None``.
    :raises DataSetError: naming the file that is missing, or the line that is wrong.
    """
    path = require_file(Path(path), what)
    allowed = (count,) if isinstance(count, int) else count
    for number, line in enumerate(_lines(path), start=1):
        words = [word.strip() for word in line.split(separator)] if line.strip() else []
        if not words:
            continue
        if len(words) not in allowed:
            raise DataSetError(
                f'{path} line {number} has {len(words)} fields; it must have '
                f'{" or ".join(map(str, allowed))}.')
        yield number, words


def parse_numbers(path: str | Path, number: int, words: list[str]) -> list[float]:
    """
    Parse finite numbers.

    :param path: the list, for the message.
    :param number: the line, for the message.
    :param words: to parse.
    :raises DataSetError: naming the line and the word that is not a finite number.
    """
    values = []
    for word in words:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise DataSetError(f'{path} line {number}: {word!r} is not a finite number.')
        values.append(value)
    return values


def _lines(path: Path) -> list[str]:
    """Read the lines of a text file."""
    try:
        return path.read_text(encoding='utf-8').splitlines()
    except UnicodeDecodeError as error:
        raise DataSetError(f'{path} is not a text file: {error.reason}.') from error
