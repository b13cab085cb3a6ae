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

"""Axes of turned tiles."""

import math

import pytest

from xview_loc.learning.data.turned_tile import tile_from_world, world_from_tile


def test_with_east_up_the_north_is_on_the_left() -> None:
    assert tile_from_world(0.0, 1.0, math.pi / 2) == pytest.approx((-1.0, 0.0))
    assert tile_from_world(1.0, 0.0, math.pi / 2) == pytest.approx((0.0, 1.0))


def test_there_and_back() -> None:
    assert world_from_tile(*tile_from_world(3.0, -2.0, 0.7), 0.7) == pytest.approx((3.0, -2.0))
