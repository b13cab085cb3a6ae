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

"""Lists of ground image, tile, easting and northing: RobotCar and the geo-local CVACT splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import DataSetError
from xview_loc.learning.data.list_file import parse_numbers, read_rows


@dataclass(frozen=True)
class PositionList:
    """
    One list.

    :param path: the file.
    :param grounds: paths of ground images as written.
    :param satellites: paths of tiles as written.
    :param positions: ``(N, 2)`` float64 easting and northing [m]; read-only. Float32 would lose
        0.25 m of a northing.
    """

    path: Path
    grounds: tuple[str, ...]
    satellites: tuple[str, ...]
    positions: np.ndarray

    def __post_init__(self) -> None:
        """Make the array read-only."""
        object.__setattr__(self, 'positions', frozen(self.positions, np.float64))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.grounds)


def read_position_list(path: str | Path) -> PositionList:
    """
    Read ``<ground path> <satellite path> <easting> <northing>`` per line.

    :param path: the list.
    :raises DataSetError: naming the file that is missing or empty, or the line that is wrong.
    """
    path = Path(path)
    grounds, satellites, positions = [], [], []
    for number, words in read_rows(path, 4, 'ground images, tiles, eastings and northings'):
        grounds.append(words[0])
        satellites.append(words[1])
        positions.append(parse_numbers(path, number, words[2:]))
    if not grounds:
        raise DataSetError(f'{path} holds no pairs.')
    return PositionList(path, tuple(grounds), tuple(satellites), np.array(positions))
