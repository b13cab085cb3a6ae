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


"""Days that differ in light, season and wear, for cities that shall not all look alike."""

from __future__ import annotations

from dataclasses import replace
import math

import numpy as np

from xview_loc.simulation.appearance import Appearance, AUTUMN, drive_day, photo_day, SUMMER

SOUTH = -0.5 * math.pi
SUN_SPREAD = math.radians(70.0)
LOWEST_SUN, HIGHEST_SUN = math.radians(25.0), math.radians(60.0)
AMBIENT = (0.3, 0.7)
WEAR = (0.1, 0.5)


def random_day(day: Appearance, rng: np.random.Generator) -> Appearance:
    """
    Draw another day of the same era.

    The sun stands 25 to 60 degrees high and up to 70 degrees from south, the season lies between
    summer and autumn, the sky gives 30 to 70 % of the light, and 10 to 50 % of the paint is gone.

    :param day: keeps its era, its haze and how bright new paint is.
    :param rng: draws the day.
    """
    season = float(rng.uniform())
    colours = {kind: _mixed(SUMMER[kind], AUTUMN[kind], season) for kind in SUMMER}
    leaves = tuple(_mixed(summer, autumn, season) for summer, autumn in zip(
        photo_day().leaves, drive_day().leaves))
    return replace(
        day, sun_yaw=float(rng.uniform(SOUTH - SUN_SPREAD, SOUTH + SUN_SPREAD)),
        sun_elevation=float(rng.uniform(LOWEST_SUN, HIGHEST_SUN)),
        ambient=float(rng.uniform(*AMBIENT)), wear=float(rng.uniform(*WEAR)), colours=colours,
        leaves=leaves)


def _mixed(first: tuple[int, int, int], second: tuple[int, int, int],
           share: float) -> tuple[int, int, int]:
    """Return the RGB that lies the given share of the way from one to another."""
    red, green, blue = (round((1.0 - share) * one + share * other)
                        for one, other in zip(first, second))
    return red, green, blue
