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

"""Several recorded drives on a command line, each with its imagery, parameters and truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from xview_loc.errors import ConfigurationError

Value = TypeVar('Value')


@dataclass(frozen=True)
class DriveFiles:
    """
    A recorded drive and what belongs to it.

    :param bag: the recording.
    :param tiles: imagery of the place.
    :param config: YAML of node parameters, or ``None``.
    :param truth: topic or TUM file with true poses; '' for none.
    """

    bag: Path
    tiles: Path
    config: Path | None = None
    truth: str = ''


def drive_files(bags: Sequence[Path], tiles: Sequence[Path], configs: Sequence[Path],
                truths: Sequence[str]) -> list[DriveFiles]:
    """
    Sort out what belongs to which drive: what is given once holds for all.

    :param bags: the recordings, at least one.
    :param tiles: imagery, one or as many as recordings.
    :param configs: parameter files, none, one or as many as recordings.
    :param truths: true poses, none, one or as many as recordings.
    :raises ConfigurationError: when there is another number of something.
    """
    count = len(bags)
    return [DriveFiles(*files) for files in zip(
        bags, _for_each('--tiles', tiles, count), _for_each('--config', configs or [None], count),
        _for_each('--truth', truths or [''], count))]


def _for_each(option: str, values: Sequence[Value], count: int) -> list[Value]:
    """Return a value for each of the drives."""
    if len(values) not in (1, count):
        raise ConfigurationError(
            f'{option} is given {len(values)} times for {count} drives; give it once for all, or '
            'once for each, in the order of the drives.')
    return list(values) * count if len(values) == 1 else list(values)
