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

"""Turn rate from steering."""

import math

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.bicycle_model import BicycleModel


def test_slow_car_turns_by_its_geometry():
    """At walking pace a wheelbase of 2.7 m and 15 degrees at the wheels give a radius of 10 m."""
    car = BicycleModel(wheelbase_m=2.7, steering_ratio=15.0, characteristic_speed_mps=math.inf)
    steering = 15.0 * math.degrees(2.7 / 10.0)
    assert car.turn_rate(np.array([1.0]), np.array([steering])) == pytest.approx(0.1)


def test_understeer_halves_the_turn_at_the_characteristic_speed():
    neutral = BicycleModel(characteristic_speed_mps=math.inf)
    car = BicycleModel(characteristic_speed_mps=25.0)
    assert car.turn_rate(25.0, 10.0) == pytest.approx(0.5 * neutral.turn_rate(25.0, 10.0))


def test_left_is_positive_and_the_offset_is_straight_ahead():
    car = BicycleModel(offset_deg=-0.5)
    assert car.turn_rate(10.0, -0.5) == 0.0
    assert car.turn_rate(10.0, 5.0) > 0.0 > car.turn_rate(10.0, -5.0)


def test_impossible_car_is_refused():
    with pytest.raises(RecordingError, match='wheelbase_m is 0'):
        BicycleModel(wheelbase_m=0.0)
