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


"""Light, season and sensors of the cities that a data set is made of."""

from __future__ import annotations

from enum import Enum, unique
from typing import NamedTuple

import numpy as np

from xview_loc.simulation.appearance import Appearance, drive_day, photo_day
from xview_loc.simulation.colour_response import ColourResponse, random_response
from xview_loc.simulation.random_day import random_day


@unique
class Days(Enum):
    """Those of the scenarios everywhere, or others in each city."""

    SCENARIO = 'scenario'
    VARIED = 'varied'


class Day(NamedTuple):
    """
    How a city looks in the images of one day.

    :param appearance: light, season and wear.
    :param sensor: that took the images.
    """

    appearance: Appearance
    sensor: ColourResponse = ColourResponse()


def photo_and_drive(days: Days, seed: int) -> tuple[Day, Day]:
    """
    Return the day of a city's photograph, and that of the drive.

    Where they vary, a network that is shown pairs of several cities can tell most of them apart by
    day alone, which helps nobody who knows the city: such is a real data set of many places.

    :param days: which.
    :param seed: of the city.
    """
    photo, drive = photo_day(), drive_day()
    if days is Days.SCENARIO:
        return Day(photo), Day(drive)
    rng = np.random.default_rng([seed, 73])
    return (Day(random_day(photo, rng), random_response(rng)),
            Day(random_day(drive, rng), random_response(rng)))
