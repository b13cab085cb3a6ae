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
NMEA 0183 logs of satellite receivers.

Positions come from ``GGA`` (any talker) and, in seconds without one, from ``RMC``; the date comes
from ``RMC`` and ``ZDA``. Trimble's ``PTNL,GGK`` carries both and counts as a position too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
import math
from pathlib import Path

from xview_loc.errors import RecordingError

# What one unit of HDOP is worth: the user range error of a receiver without correction data,
# and with them (GNSS Standard Positioning Service performance standards give 4 to 8 m).
RANGE_ERROR_M, CORRECTED_RANGE_ERROR_M, FIXED_ERROR_M = 5.0, 1.5, 0.05
_HALF_DAY_S = 43200.0


@dataclass(frozen=True)
class NmeaFix:
    """
    One position.

    :param stamp_ns: time of the position, UTC [ns].
    :param latitude_deg: WGS84 latitude; NaN without a fix.
    :param longitude_deg: WGS84 longitude; NaN without a fix.
    :param altitude_m: height above the ellipsoid; NaN when not given [m].
    :param quality: 0 none, 1 autonomous, 2 differential, 4 RTK fixed, 5 RTK float (GGA field 6).
    :param hdop: horizontal dilution of precision; NaN when not given.
    """

    stamp_ns: int
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    quality: int
    hdop: float

    @property
    def horizontal_variance(self) -> float:
        """Return the variance per axis that quality and dilution stand for [m^2]."""
        if self.quality == 4:
            return FIXED_ERROR_M ** 2
        error = CORRECTED_RANGE_ERROR_M if self.quality in (2, 5) else RANGE_ERROR_M
        dilution = self.hdop if math.isfinite(self.hdop) else 2.0
        return 0.5 * (error * dilution) ** 2


@dataclass(frozen=True)
class NmeaLog:
    """
    What a log holds.

    :param fixes: positions in order; those without a fix have quality 0.
    :param sentences: number of lines that are sentences, bad ones included.
    :param checksum_errors: sentences skipped for a wrong or missing checksum.
    :param malformed: position sentences skipped because a field does not parse.
    :param without_time: position sentences skipped because they carry no time.
    :param dated: False when no sentence gave the date and none was given.
    """

    fixes: tuple[NmeaFix, ...]
    sentences: int
    checksum_errors: int
    malformed: int
    without_time: int
    dated: bool


def read_nmea(path: str | Path, day: date | None = None) -> NmeaLog:
    """
    Read a log. Lines that are not sentences are passed over, bad ones are counted and skipped.

    :param path: the file.
    :param day: date of the first position, for logs that do not tell it; 1970-01-01 when
        ``None``.
    :raises RecordingError: when the file cannot be read or holds no sentence.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode('ascii', errors='replace')
    except OSError as error:
        raise RecordingError(f'{path} cannot be read: {error.strerror}.') from error
    reader = _Reader(day)
    for line in text.splitlines():
        reader.take(line.strip())
    if reader.sentences == 0:
        raise RecordingError(f'{path} holds no NMEA sentence.')
    return reader.log()


class _Reader:
    """Collects positions sentence by sentence."""

    def __init__(self, day: date | None):
        """Start before the first sentence."""
        self._given = day
        self._day = day
        self._dated = day is not None
        self._last_second: float | None = None
        self._rows: list[tuple[int, int, NmeaFix]] = []
        self.sentences = self.checksum_errors = self.malformed = self.without_time = 0
        self._day_offset = 0

    def take(self, line: str) -> None:
        """Read one line."""
        start = line.find('$')
        if start < 0:
            return
        self.sentences += 1
        fields = _checked_fields(line[start:])
        if fields is None:
            self.checksum_errors += 1
            return
        try:
            self._read(fields)
        except (ValueError, IndexError):
            self.malformed += 1

    def _read(self, fields: list[str]) -> None:
        """Read the fields of a sentence."""
        kind = fields[0][2:] if not fields[0].startswith('P') else ','.join(fields[:2])
        if kind == 'GGA':
            self._position(fields[1], fields[2:6], _number(fields[9]) + _number(fields[11]),
                           int(fields[6] or 0), _number(fields[8]), weight=2)
        elif kind == 'RMC':
            self._set_day(fields[9], '%d%m%y')
            valid = fields[2] == 'A'
            self._position(fields[1], fields[3:7], math.nan, int(valid), math.nan, weight=1)
        elif kind == 'ZDA':
            self._set_day(''.join(fields[2:5]), '%d%m%Y')
        elif kind == 'PTNL,GGK':
            self._set_day(fields[3], '%m%d%y')
            height = fields[11][3:] if fields[11].startswith('EHT') else ''
            quality = {0: 0, 1: 1, 2: 5, 3: 4, 4: 2, 5: 4}.get(int(fields[8] or 0), 1)
            self._position(fields[2], fields[4:8], _number(height), quality, _number(fields[10]),
                           weight=3)

    def _set_day(self, text: str, form: str) -> None:
        """Take over a date, and date what came before it."""
        if not text:
            return
        found = datetime.strptime(text, form).replace(tzinfo=timezone.utc).date()
        if not self._dated:
            self._given = found - timedelta(days=self._day_offset)
            self._dated = True
        offset = (found - self._given).days if self._given else 0
        if offset != self._day_offset:
            # The date has told of midnight, so the time of day must not tell it again.
            self._day_offset, self._last_second = offset, None

    def _position(self, time: str, place: list[str], altitude: float, quality: int, hdop: float,
                  weight: int) -> None:
        """Keep a position."""
        if not time:
            self.without_time += 1
            return
        second = 3600.0 * int(time[:2]) + 60.0 * int(time[2:4]) + float(time[4:])
        if self._last_second is not None and second < self._last_second - _HALF_DAY_S:
            self._day_offset += 1
        self._last_second = second
        latitude = longitude = math.nan
        if quality:
            latitude = _degrees(place[0], place[1], 'N', 'S')
            longitude = _degrees(place[2], place[3], 'E', 'W')
        moment = round(second * 1e9) + self._day_offset * 86_400 * 10**9
        fix = NmeaFix(moment, latitude, longitude, altitude, quality, hdop)
        self._rows.append((moment, weight, fix))

    def log(self) -> NmeaLog:
        """Return what was collected: of each moment the sentence that says most."""
        best: dict[int, tuple[int, NmeaFix]] = {}
        for moment, weight, fix in self._rows:
            if moment not in best or weight > best[moment][0]:
                best[moment] = weight, fix
        epoch = self._given or date(1970, 1, 1)
        start_ns = int(datetime(epoch.year, epoch.month, epoch.day,
                                tzinfo=timezone.utc).timestamp()) * 10**9
        fixes = [fix for _, (_, fix) in sorted(best.items())]
        dated = tuple(
            NmeaFix(start_ns + fix.stamp_ns, fix.latitude_deg, fix.longitude_deg, fix.altitude_m,
                    fix.quality, fix.hdop) for fix in fixes)
        return NmeaLog(dated, self.sentences, self.checksum_errors, self.malformed,
                       self.without_time, self._dated)


def _checked_fields(sentence: str) -> list[str] | None:
    """Return the fields of a sentence, or ``None`` when its checksum is wrong or missing."""
    body, star, checksum = sentence[1:].partition('*')
    expected = 0
    for character in body:
        expected ^= ord(character)
    try:
        if not star or int(checksum[:2], 16) != expected or len(checksum.strip()) < 2:
            return None
    except ValueError:
        return None
    return body.split(',')


def _degrees(text: str, side: str, positive: str, negative: str) -> float:
    """Parse degrees and minutes: ``5327.03889`` with its side."""
    point = text.index('.') if '.' in text else len(text)
    value = int(text[:point - 2]) + float(text[point - 2:]) / 60.0
    if side not in (positive, negative) or not 0.0 <= value <= 180.0:
        raise ValueError(f'{text},{side} is not a coordinate')
    return value if side == positive else -value


def _number(text: str) -> float:
    """Parse a number; NaN when it is not given."""
    return float(text) if text else math.nan
