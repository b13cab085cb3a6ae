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

"""Bags of the positions of NMEA logs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from xview_loc.errors import RecordingError
from xview_loc.recordings.bag_writer import BagWriter
from xview_loc.recordings.drive_bag import custom_data, DriveBag, EventOrder, Progress
from xview_loc.recordings.nmea import NmeaLog, read_nmea

# NavSatStatus: no fix, plain fix, fix with satellite based or ground based augmentation.
# NavSatStatus: no fix, plain fix, fix with satellite based or ground based augmentation.
_STATUS = {0: -1, 1: 0, 2: 1, 4: 2, 5: 2}


def write_nmea_bag(path: str | Path, out: str | Path, *, day: date | None = None,
                   topic: str = '/fix', frame_id: str = 'gnss',
                   progress: Progress | None = None) -> NmeaLog:
    """
    Write the positions of a log as a bag of ``sensor_msgs/NavSatFix``.

    Positions without a fix are written too, with status -1, as a driver would publish them.

    :param path: the log.
    :param out: folder of the bag to create.
    :param day: date of the first position, for logs that do not tell it.
    :raises RecordingError: when the log holds no position with a time.
    """
    log = read_nmea(path, day)
    if not log.fixes:
        raise RecordingError(
            f'{path} holds no position with a time: {log.checksum_errors} of {log.sentences} '
            f'sentences have a wrong checksum, {log.without_time} positions have no time.')
    bag = DriveBag()
    for fix in log.fixes:
        variance = fix.horizontal_variance
        bag.add(fix.stamp_ns, EventOrder.FIX, BagWriter.write_fix, topic, fix.latitude_deg,
                fix.longitude_deg, fix.altitude_m, frame_id,
                covariance=(variance, variance, 4.0 * variance) if fix.quality else None,
                covariance_type=1 if fix.quality else 0, status=_STATUS.get(fix.quality, 0))
    bag.save(out, custom_data=custom_data(Path(path).name), progress=progress)
    return log
