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


"""A drawn day stays within what is said of it."""

import math

import numpy as np

from xview_loc.simulation.appearance import AUTUMN, drive_day, SUMMER
from xview_loc.simulation.random_day import random_day
from xview_loc.simulation.surface import Surface

DAYS = [random_day(drive_day(), np.random.default_rng(seed)) for seed in range(200)]


def test_the_sun_stands_in_the_south_and_neither_low_nor_overhead() -> None:
    elevations = np.degrees([day.sun_elevation for day in DAYS])
    assert 25.0 <= elevations.min() < 28.0 and 57.0 < elevations.max() <= 60.0
    away = np.degrees([day.sun_yaw for day in DAYS]) + 90.0
    assert -70.0 <= away.min() < -60.0 and 60.0 < away.max() <= 70.0
    assert all(day.to_sun[1] < 0.0 for day in DAYS)


def test_light_and_wear_keep_their_bounds() -> None:
    assert all(0.3 <= day.ambient <= 0.7 and 0.1 <= day.wear <= 0.5 for day in DAYS)
    assert all(math.isclose(day.paint, drive_day().paint) for day in DAYS)


def test_all_surfaces_have_one_season_between_summer_and_autumn() -> None:
    for day in DAYS:
        shares = [(day.colours[kind][0] - SUMMER[kind][0]) / (AUTUMN[kind][0] - SUMMER[kind][0])
                  for kind in Surface if abs(AUTUMN[kind][0] - SUMMER[kind][0]) >= 10]
        assert max(shares) - min(shares) <= 0.1
        assert 0.0 <= min(shares) and max(shares) <= 1.0


def test_the_same_generator_gives_the_same_day() -> None:
    assert random_day(drive_day(), np.random.default_rng(3)) == DAYS[3]
