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

"""Angles wrap, and yaw and heading are never the same thing."""

import math

import numpy as np
import pytest

from xview_loc.geometry.angles import (
    circular_mean, heading_from_yaw, wrap_angle, yaw_from_heading)


@pytest.mark.parametrize('angle, wrapped', [
    (0.0, 0.0), (math.pi, -math.pi), (-math.pi, -math.pi), (1.5 * math.pi, -0.5 * math.pi),
    (-7.0, -7.0 + 2.0 * math.pi), (100.0 * math.pi + 0.1, 0.1)])
def test_wrapped_angles_lie_in_the_half_open_interval(angle, wrapped):
    assert wrap_angle(angle) == pytest.approx(wrapped, abs=1e-12)


@pytest.mark.parametrize('heading_deg, yaw_deg', [
    (0.0, 90.0), (90.0, 0.0), (180.0, -90.0), (270.0, -180.0), (45.0, 45.0), (350.0, 100.0)])
def test_heading_is_clockwise_from_north_and_yaw_counter_clockwise_from_east(
        heading_deg, yaw_deg):
    assert math.degrees(yaw_from_heading(math.radians(heading_deg))) == pytest.approx(yaw_deg)
    assert math.degrees(heading_from_yaw(math.radians(yaw_deg))) == pytest.approx(heading_deg)


def test_the_mean_of_angles_on_both_sides_of_west_is_west():
    mean = circular_mean(np.array([math.pi - 0.1, -math.pi + 0.1]))

    assert abs(mean) == pytest.approx(math.pi)


def test_the_mean_follows_the_weights():
    assert circular_mean(np.array([0.0, 0.2]), np.array([3.0, 1.0])) == pytest.approx(
        math.atan2(math.sin(0.2), 3.0 + math.cos(0.2)))
