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

"""Fixes are moved from the antenna to the vehicle."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from xview_loc.filtering.gnss_fix import GnssFix
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros.antenna import fix_at_base
from xview_loc.ros.particle_filter_config import FixConfig

FIX = GnssFix(5.0, 100.0, 200.0, np.diag([1.0, 4.0]))


def knowing(yaw, yaw_std=0.02):
    """Return a localizer that knows a yaw."""
    return SimpleNamespace(
        predict_at=lambda stamp: SimpleNamespace(pose=Pose2(0.0, 0.0, yaw), yaw_std=yaw_std))


def test_an_antenna_ahead_of_a_vehicle_that_faces_north_is_north_of_it():
    fix = fix_at_base(FIX, FixConfig(antenna_x=2.0, antenna_y=0.5), knowing(math.pi / 2.0))
    assert (fix.x, fix.y) == pytest.approx((100.5, 198.0))
    np.testing.assert_array_equal(fix.covariance, FIX.covariance)


@pytest.mark.parametrize('localizer', [
    knowing(0.0, yaw_std=1.8), SimpleNamespace(predict_at=lambda stamp: None)])
def test_without_a_yaw_the_fix_stays_and_widens_by_the_lever_arm(localizer):
    fix = fix_at_base(FIX, FixConfig(antenna_x=3.0, antenna_y=4.0), localizer)
    assert (fix.x, fix.y) == (100.0, 200.0)
    assert np.diagonal(fix.covariance).tolist() == [26.0, 29.0]


def test_an_antenna_above_the_vehicle_changes_nothing():
    assert fix_at_base(FIX, FixConfig(), SimpleNamespace()) is FIX
