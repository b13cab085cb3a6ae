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

"""Stamps and poses that can be meant."""

import math

import numpy as np
import pytest

from xview_loc.filtering.plausibility import is_plausible_pose, is_plausible_stamp
from xview_loc.geometry.pose2 import Pose2

INDEFINITE = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(('stamp', 'meant'), [
    (0.0, True), (1.7e9, True), (-5.0, True), (math.nan, False), (-math.inf, False),
    (1e12, False)])
def test_a_stamp_is_finite_and_of_this_age(stamp, meant):
    assert is_plausible_stamp(stamp) is meant


@pytest.mark.parametrize(('x', 'covariance', 'meant'), [
    (5.0, np.eye(3), True), (5.0, np.zeros((3, 3)), True), (math.inf, np.eye(3), False),
    (1e8, np.eye(3), False), (5.0, np.eye(2), False), (5.0, np.full((3, 3), math.nan), False),
    (5.0, 1e11 * np.eye(3), False), (5.0, INDEFINITE, False),
    (5.0, np.eye(3) + 0.1 * np.eye(3, k=1), False)])
def test_a_pose_is_finite_and_its_covariance_is_one(x, covariance, meant):
    assert is_plausible_pose(Pose2(x, 0.0, 0.0), covariance) is meant
