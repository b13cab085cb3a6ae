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

"""True paths."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xview_loc.geometry.pose2 import Pose2
from xview_loc.scenarios.route import integrated, make_route, STEP_S

KINDS = ['urban', 'highway', 'roundabout', 'rural', 'parking']


def test_a_circle_closes():
    count = round(2.0 * math.pi / 0.5 / STEP_S) + 1
    rate = 2.0 * math.pi / ((count - 1) * STEP_S)
    route = integrated(np.full(count, 5.0), np.full(count, rate), Pose2(1.0, 2.0, 0.3))
    assert route.pose(count - 1).distance_to(Pose2(1.0, 2.0, 0.3)) < 1e-9
    far = np.hypot(route.poses[:, 0] - 1.0, route.poses[:, 1] - 2.0).max()
    assert far == pytest.approx(2.0 * 5.0 / rate, rel=1e-3)


@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_of_route_can_be_driven(kind):
    route = make_route(kind, 60.0, np.random.default_rng(0))
    assert len(route.poses) == 1201
    assert np.abs(np.diff(route.speed)).max() <= 3.0 * STEP_S + 1e-9
    steps = np.hypot(*np.diff(route.poses[:, :2], axis=0).T)
    np.testing.assert_allclose(steps, np.abs(route.speed[1:]) * STEP_S, atol=1e-9)
    assert np.abs(route.yaw_rate).max() < 1.0
    assert route.distance[-1] == pytest.approx(steps.sum())


def test_parking_reverses_and_the_highway_is_fast():
    assert make_route('parking', 120.0, np.random.default_rng(1)).speed.min() < -1.0
    assert make_route('highway', 10.0, np.random.default_rng(1)).speed.max() == 25.0


def test_the_same_seed_gives_the_same_route():
    first, second = (make_route('rural', 20.0, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.poses, second.poses)
