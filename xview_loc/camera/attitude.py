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

"""Roll and pitch of the vehicle when an image was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
import math

import numpy as np

from xview_loc.errors import GeometryError
from xview_loc.geometry.extrinsics import rotation_from_quaternion, rpy_from_rotation
from xview_loc.geometry.stamped_history import StampedHistory


class AttitudeSource(Enum):
    """Where an attitude comes from, best first."""

    IMU = 'imu'
    ODOMETRY = 'odometry'
    LEVEL = 'level'


@dataclass(frozen=True, slots=True)
class Attitude:
    """
    Roll and pitch of ``base_link`` against the level ground.

    :param roll: right-handed about x forward; positive lifts the left side [rad].
    :param pitch: right-handed about y left; positive is nose down [rad].
    :param source: which sensor it comes from.
    """

    roll: float
    pitch: float
    source: AttitudeSource


class AttitudeBuffer:
    """
    Roll and pitch by stamp: from the IMU, else from the odometry, else level.

    :param duration_s: how far back from its newest stamp each source is kept [s].
    :param max_age_s: a measurement further from the time asked for than this is not used [s].
    :param max_tilt: larger roll or pitch is refused, because no road is so steep: the sensor's
        frame or its mounting is not what it claims to be [rad].
    :raises GeometryError: when a limit is not positive.
    """

    def __init__(self, duration_s: float = 10.0, max_age_s: float = 0.2,
                 max_tilt: float = math.radians(45.0)):
        if not (max_age_s > 0.0 and 0.0 < max_tilt <= math.pi):
            raise GeometryError(
                f'max_age_s and max_tilt must be positive; got {max_age_s} and {max_tilt}.')
        self._max_age = max_age_s
        self._max_tilt = max_tilt
        self._histories: dict[AttitudeSource, StampedHistory[tuple[float, float]]] = {
            AttitudeSource.IMU: StampedHistory(duration_s),
            AttitudeSource.ODOMETRY: StampedHistory(duration_s)}

    def add(self, stamp: float, quaternion_xyzw: Sequence[float], source: AttitudeSource,
            base_from_sensor: np.ndarray | None = None) -> bool:
        """
        Take in the orientation of a sensor in a world whose z axis points up.

        :param stamp: time of the measurement [s].
        :param quaternion_xyzw: ``world_from_sensor``.
        :param source: IMU or ODOMETRY.
        :param base_from_sensor: ``(3, 3)`` rotation of the sensor's mounting; ``None`` when its
            axes are those of ``base_link``.
        :return: False when the stamp is older than the buffer reaches.
        :raises GeometryError: when the quaternion is no rotation or no attitude of a vehicle.
        """
        world_from_base = rotation_from_quaternion(*quaternion_xyzw)
        if base_from_sensor is not None:
            world_from_base = world_from_base @ np.asarray(base_from_sensor).T
        roll, pitch, _ = rpy_from_rotation(world_from_base)
        if abs(roll) > self._max_tilt or abs(pitch) > self._max_tilt:
            raise GeometryError(
                f'The {source.value} reports a roll of {math.degrees(roll):.0f} and a pitch of '
                f'{math.degrees(pitch):.0f} degrees; at most {math.degrees(self._max_tilt):.0f} '
                'are plausible. Check that its world frame points up and its mounting is given.')
        return self._histories[source].add(stamp, (roll, pitch))

    def at(self, stamp: float) -> Attitude:
        """
        Return the attitude at a time, from the best source that has one near it.

        Between two measurements roll and pitch are interpolated linearly, which for the angles a
        road allows differs from the true arc by less than the product of the two changes.

        :param stamp: time asked for [s].
        """
        for source, history in self._histories.items():
            near = self._near(history, stamp)
            if near is not None:
                return Attitude(near[0], near[1], source)
        return Attitude(0.0, 0.0, AttitudeSource.LEVEL)

    def _near(self, history, stamp):
        """Return roll and pitch of a source at a time, or ``None``."""
        entries = [entry for entry in history.bracket(stamp)
                   if entry is not None and abs(entry[0] - stamp) <= self._max_age]
        if len(entries) < 2:
            return entries[0][1] if entries else None
        (start, first), (end, second) = entries
        part = (stamp - start) / (end - start)
        return tuple(a + part * (b - a) for a, b in zip(first, second))

    def clear(self) -> None:
        """Forget everything, as after a jump in time."""
        for history in self._histories.values():
            history.clear()
