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

"""
The inertial and satellite navigation records of KITTI raw (``oxts``).

Convention, as the format description of the data set states it: roll is positive with the left
side up, pitch is positive with the **front down**, yaw is counter-clockwise from east; this is
``Rz(yaw) Ry(pitch) Rx(roll)`` in x forward, y left, z up, so REP-103 without any sign change.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xview_loc.arrays import frozen
from xview_loc.errors import RecordingError
from xview_loc.recordings.timestamps import read_timestamps

EARTH_RADIUS_M = 6378137.0

# Columns of an oxts data file that are kept, by their position in its line of 30 numbers.
_COLUMNS = {
    'latitude_deg': 0, 'longitude_deg': 1, 'altitude_m': 2, 'roll': 3, 'pitch': 4, 'yaw': 5,
    'forward_mps': 8, 'left_mps': 9, 'up_mps': 10, 'acceleration_x': 11, 'acceleration_y': 12,
    'acceleration_z': 13, 'turn_x': 17, 'turn_y': 18, 'turn_z': 19, 'turn_up': 22,
    'position_accuracy_m': 23}
FIELDS = tuple(_COLUMNS)

# Columns of the single table that a scaled excerpt has in place of the folder.
_TABLE = {
    'latitude_deg': ('lat_deg', 1.0), 'longitude_deg': ('lon_deg', 1.0),
    'altitude_m': ('alt_m', 1.0), 'roll': ('roll_rad', 1.0), 'pitch': ('pitch_rad', 1.0),
    'yaw': ('yaw_enu_rad', 1.0), 'forward_mps': ('vf_mps', 1.0),
    'acceleration_x': ('af_mps2', 1.0), 'turn_z': ('yawrate_dps', np.pi / 180.0),
    'turn_up': ('yawrate_dps', np.pi / 180.0)}


@dataclass(frozen=True)
class OxtsTrack:
    """
    Records over time.

    :param stamps_ns: ``(N,)`` int64, not decreasing; read-only.
    :param values: ``(N, 17)`` float64 in the order of :data:`FIELDS`: degrees, metres, radians,
        seconds; NaN where the recording has no such value; read-only.
    """

    stamps_ns: np.ndarray
    values: np.ndarray

    def __post_init__(self):
        """Make the arrays read-only."""
        object.__setattr__(self, 'stamps_ns', frozen(self.stamps_ns, np.int64))
        object.__setattr__(self, 'values', frozen(self.values, np.float64))

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.stamps_ns)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the columns of ``values``."""
        return FIELDS

    def column(self, field: str) -> np.ndarray:
        """Return ``(N,)`` values of one of :data:`FIELDS`."""
        return self.values[:, FIELDS.index(field)]

    def at(self, stamps_ns: np.ndarray) -> OxtsTrack:
        """
        Interpolate linearly, yaw along the shorter arc; hold the first and last record outside.

        Records are 10 ms (unsynchronised) or 100 ms (synchronised) apart. Over 100 ms at
        5 m/s^2 and 0.5 rad/s the straight line is within a dt^2 / 8 = 6 mm and 0.01 deg.

        :param stamps_ns: ``(M,)`` int64.
        """
        seconds = (np.asarray(stamps_ns) - self.stamps_ns[0]) * 1e-9
        known = (self.stamps_ns - self.stamps_ns[0]) * 1e-9
        values = self.values.copy()
        yaw = FIELDS.index('yaw')
        values[:, yaw] = np.unwrap(values[:, yaw])
        result = np.stack([np.interp(seconds, known, column) for column in values.T], axis=1)
        result[:, yaw] = (result[:, yaw] + np.pi) % (2.0 * np.pi) - np.pi
        return OxtsTrack(np.asarray(stamps_ns), result)


def mercator_positions(track: OxtsTrack) -> np.ndarray:
    """
    Return positions by the formulas of the development kit: Mercator on a sphere.

    The scale is that of the first latitude. On the ellipsoid these "metres" are up to 0.34 % off
    (0.19 m over 107 m at 49 degrees), so they serve to compare with other tools, never as map.

    :param track: the records.
    :return: ``(N, 3)`` east, north, altitude from the first record [m].
    """
    latitude, longitude = track.column('latitude_deg'), track.column('longitude_deg')
    scale = np.cos(np.radians(latitude[0]))
    east = scale * EARTH_RADIUS_M * np.radians(longitude)
    north = scale * EARTH_RADIUS_M * np.log(np.tan(np.radians(90.0 + latitude) / 2.0))
    positions = np.stack([east, north, track.column('altitude_m')], axis=1)
    return positions - positions[0]


def read_oxts(folder: str | Path) -> OxtsTrack:
    """
    Read an ``oxts`` folder: ``timestamps.txt`` and ``data/NNNNNNNNNN.txt``.

    :param folder: the folder.
    :raises RecordingError: naming the file that is missing or wrong.
    """
    folder = Path(folder)
    stamps = read_timestamps(folder / 'timestamps.txt')
    files = sorted((folder / 'data').glob('*.txt'))
    if not files:
        raise RecordingError(f'{folder / "data"} holds no records.')
    indices = [_index_of(path, len(stamps)) for path in files]
    values = np.array([_record(path) for path in files])
    order = np.argsort(stamps[indices], kind='stable')
    return OxtsTrack(stamps[indices][order], values[order])


def read_pose_table(path: str | Path) -> OxtsTrack:
    """
    Read the table ``poses.csv`` of an excerpt: one row per image.

    Lateral and vertical speed are not in it and are taken as zero.

    :param path: the file.
    :raises RecordingError: naming the file and the line that is wrong.
    """
    path = Path(path)
    with path.open(newline='', encoding='utf-8', errors='replace') as lines:
        rows = list(csv.reader(lines))
    names = rows[0] if rows else []
    wanted = ['t_unix', *(name for name, _ in _TABLE.values())]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise RecordingError(f'{path} line 1: the column {missing[0]} is missing.')
    places = [names.index(name) for name in wanted]
    table = np.array([_row(path, number, row, places, len(names))
                      for number, row in enumerate(rows[1:], start=2) if row])
    if len(table) == 0:
        raise RecordingError(f'{path} holds no rows.')
    values = np.full((len(table), len(FIELDS)), np.nan)
    values[:, [FIELDS.index('left_mps'), FIELDS.index('up_mps')]] = 0.0
    for column, (field, (_, factor)) in enumerate(_TABLE.items(), start=1):
        values[:, FIELDS.index(field)] = table[:, column] * factor
    # Microseconds first: seconds as float64 carry 0.2 us, so nanoseconds would be noise.
    return OxtsTrack(np.rint(table[:, 0] * 1e6).astype(np.int64) * 1000, values)


def _index_of(path: Path, count: int) -> int:
    """Return the number in a file name, checked against the timestamps."""
    if not path.stem.isdigit() or int(path.stem) >= count:
        raise RecordingError(
            f'{path} has no line in timestamps.txt, which has {count}.')
    return int(path.stem)


def _record(path: Path) -> list[float]:
    """Parse a data file: one line of 30 numbers."""
    numbers = path.read_text(encoding='utf-8', errors='replace').split()
    if len(numbers) < 30:
        raise RecordingError(
            f'{path} line 1 has {len(numbers)} values; a record has 30.')
    try:
        return [float(numbers[place]) for place in _COLUMNS.values()]
    except ValueError as error:
        raise RecordingError(f'{path} line 1: {error}.') from error


def _row(path: Path, number: int, row: list[str], places: list[int], count: int) -> list[float]:
    """Parse one row of the table."""
    if len(row) != count:
        raise RecordingError(
            f'{path} line {number} has {len(row)} values; the header names {count}.')
    try:
        values = [float(row[place]) for place in places]
    except ValueError as error:
        raise RecordingError(f'{path} line {number}: {error}.') from error
    if not np.isfinite(values).all():
        raise RecordingError(f'{path} line {number} holds a value that is not finite.')
    return values
