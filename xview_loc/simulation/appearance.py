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

"""How the world looks on a given day: sun, season, wear and the sensor's colours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
import math

import numpy as np

from xview_loc.errors import ConfigurationError
from xview_loc.simulation.surface import Surface


class Era(Enum):
    """Which of the two days: that of the orthophoto or that of the drive."""

    PHOTO = 'photo'
    DRIVE = 'drive'


SUMMER = {
    Surface.LAWN: (86, 112, 58), Surface.MEADOW: (112, 122, 68), Surface.PAVING: (152, 146, 138),
    Surface.GRAVEL: (164, 154, 138), Surface.SOIL: (122, 98, 74), Surface.CROP: (128, 138, 62),
    Surface.STUBBLE: (172, 152, 102), Surface.ASPHALT: (98, 98, 102),
    Surface.KERB: (176, 173, 166), Surface.SIDEWALK: (160, 154, 146),
    Surface.HEDGE: (52, 78, 40), Surface.DRIVEWAY: (150, 112, 96)}
AUTUMN = {
    Surface.LAWN: (98, 108, 56), Surface.MEADOW: (124, 116, 72), Surface.PAVING: (146, 142, 138),
    Surface.GRAVEL: (156, 148, 136), Surface.SOIL: (108, 86, 66), Surface.CROP: (106, 118, 58),
    Surface.STUBBLE: (150, 132, 92), Surface.ASPHALT: (92, 92, 95),
    Surface.KERB: (168, 166, 161), Surface.SIDEWALK: (150, 146, 141),
    Surface.HEDGE: (64, 74, 42), Surface.DRIVEWAY: (140, 106, 92)}


@dataclass(frozen=True)
class Appearance:
    """
    Light, season and age.

    :param era: the day, which decides on cars, patches and wear.
    :param sun_yaw: direction to the sun, counter-clockwise from east [rad].
    :param sun_elevation: [rad].
    :param ambient: share of the light on sunlit level ground that comes from the sky.
    :param colours: RGB of each surface in full light.
    :param leaves: RGB of tree crowns by kind.
    :param paint: brightness of new road paint in [0, 255].
    :param wear: share of the paint that is worn off, in [0, 1].
    :param haze: RGB that distance tends to.
    :raises ConfigurationError: when the sun is not above the horizon.
    """

    era: Era
    sun_yaw: float
    sun_elevation: float
    ambient: float
    colours: dict
    leaves: tuple[tuple[int, int, int], ...]
    paint: float
    wear: float
    haze: tuple[int, int, int] = (196, 204, 214)

    def __post_init__(self):
        """Refuse nights."""
        if not 0.05 <= self.sun_elevation <= 0.5 * math.pi:
            raise ConfigurationError(
                f'The sun stands {self.sun_elevation} rad high; it must be in [0.05, pi/2].')

    @property
    def to_sun(self) -> np.ndarray:
        """Return the unit vector towards the sun, ``(3,)`` east, north, up."""
        level = math.cos(self.sun_elevation)
        return np.array([level * math.cos(self.sun_yaw), level * math.sin(self.sun_yaw),
                         math.sin(self.sun_elevation)])

    @property
    def shadow_per_metre(self) -> np.ndarray:
        """Return how far the shadow of a metre of height falls, ``(2,)`` east, north."""
        return -self.to_sun[:2] / self.to_sun[2]

    def light_on(self, normal) -> float:
        """
        Return the light on an unshadowed face relative to sunlit level ground.

        :param normal: ``(3,)`` unit normal of the face.
        """
        direct = max(float(np.asarray(normal) @ self.to_sun), 0.0) / self.to_sun[2]
        sky = 0.5 + 0.5 * float(normal[2])
        return min(self.ambient * (0.45 + 0.55 * sky) + (1.0 - self.ambient) * direct, 1.35)


def photo_day() -> Appearance:
    """Return a high summer noon, some years ago."""
    return Appearance(
        Era.PHOTO, math.radians(-62.0), math.radians(56.0), 0.38, SUMMER,
        ((58, 84, 42), (70, 92, 48), (52, 76, 46), (78, 96, 52), (64, 80, 40), (88, 96, 58)),
        paint=222.0, wear=0.2)


def drive_day() -> Appearance:
    """Return an early autumn afternoon with a lower sun from another side."""
    return Appearance(
        Era.DRIVE, math.radians(-138.0), math.radians(34.0), 0.5, AUTUMN,
        ((86, 92, 44), (112, 96, 46), (72, 86, 44), (134, 104, 48), (92, 84, 42), (120, 82, 44)),
        paint=214.0, wear=0.38)
