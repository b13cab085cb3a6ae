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

"""What the converters of data sets share: a drive as a bag, in order of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, unique
import math
from pathlib import Path
import shutil
from typing import Any

import numpy as np

from xview_loc.errors import RecordingError
from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.recordings.bag_writer import BagWriter

Progress = Callable[[int, int], None]


@unique
class EventOrder(IntEnum):
    """
    The order of messages of equal stamp.

    What an image needs to be understood comes before it.
    """

    TRANSFORM = 0
    CAMERA_INFO = 1
    INERTIAL = 2
    ODOMETRY = 3
    FIX = 4
    TRUTH = 5
    IMAGE = 6


@dataclass
class DriveBag:
    """
    Messages collected in any order, to be written in the order of their stamps.

    Images are read when they are written, so that only one is in memory.
    """

    _events: list[tuple[int, int, int, Callable[[BagWriter], None]]] = field(default_factory=list)

    def add(self, stamp_ns: int, order: EventOrder, method: Callable[..., None], topic: str,
            *arguments: Any, **options: Any) -> None:
        """
        Add a message.

        :param stamp_ns: its stamp [ns].
        :param order: its place among messages of the same stamp.
        :param method: what writes it when its turn has come: a method of :class:`BagWriter`, or a
            function that takes the writer, the topic and the stamp first.
        :param topic: where it goes.
        :param arguments: what ``method`` takes after the stamp.
        :param options: what it takes by name.
        """
        def write(writer: BagWriter) -> None:
            method(writer, topic, stamp_ns, *arguments, **options)

        self._events.append((stamp_ns, int(order), len(self._events), write))

    def save(self, path: str | Path, *, custom_data: dict[str, str],
             progress: Progress | None = None) -> int:
        """
        Write the bag. One that cannot be finished is removed: it would look complete.

        :param path: folder to create.
        :param custom_data: strings for the metadata.
        :param progress: called with the number of messages written and their total.
        :return: the number of messages.
        """
        if not self._events:
            raise RecordingError(f'There is nothing to write to {path}.')
        events = sorted(self._events, key=lambda event: event[:3])
        writer = BagWriter(path)
        try:
            for key, value in custom_data.items():
                writer.set_custom_data(key, value)
            for done, (_, _, _, write) in enumerate(events, start=1):
                write(writer)
                if progress is not None:
                    progress(done, len(events))
        except BaseException:
            writer.close()
            shutil.rmtree(path)
            raise
        writer.close()
        return len(events)


def custom_data(source: str, frame: LocalFrame | None = None,
                base_height_m: float | None = None) -> dict[str, str]:
    """
    Return what a converter knows of a drive, for the metadata of the bag.

    :param source: what was converted.
    :param frame: the ``map`` frame of the truth, where there is one.
    :param base_height_m: height of ``base_link`` above the road, where it is known [m].
    :return: ``source``, ``map_origin`` (latitude, longitude, altitude) and ``base_height``.
    """
    found = {'source': source}
    if frame is not None:
        found['map_origin'] = (
            f'{frame.latitude_deg!r} {frame.longitude_deg!r} {frame.altitude_m!r}')
    if base_height_m is not None:
        found['base_height'] = repr(base_height_m)
    return found


def thinned(stamps_ns: np.ndarray, rate_hz: float) -> list[int]:
    """
    Return the rows that keep to a rate, the first included.

    :param stamps_ns: ``(N,)`` increasing [ns].
    :param rate_hz: most rows per second.
    """
    if not 0.0 < rate_hz < math.inf:
        raise RecordingError(f'The rate is {rate_hz} Hz; it must be positive.')
    period, due, chosen = 1e9 / rate_hz, 0.0, []
    for row, elapsed in enumerate((stamps_ns - stamps_ns[0]).tolist()):
        # A tenth of a period of jitter must not cost a whole period.
        if elapsed >= due - 0.1 * period:
            chosen.append(row)
            due = max(due + period, float(elapsed))
    return chosen
