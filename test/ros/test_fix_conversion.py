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

"""Fixes are believed as far as they can be meant, and places on the earth come back."""

import math

import numpy as np
import pytest
from sensor_msgs.msg import NavSatFix

from xview_loc.geometry.local_frame import LocalFrame
from xview_loc.geometry.pose2 import Pose2
from xview_loc.ros import fix_conversion

COVARIANCE = np.array([[4.0, 0.5, 0.01], [0.5, 9.0, 0.02], [0.01, 0.02, 0.1]])
NAN = float('nan')


def fix(**changes):
    """Return a valid fix with changes."""
    message = NavSatFix(latitude=48.9, longitude=8.5, altitude=150.0)
    message.status.status = 0
    for name, value in changes.items():
        target = message.status if name == 'status' else message
        setattr(target, name, value)
    return message


@pytest.mark.parametrize('changes, valid', [
    ({}, True), ({'status': -1}, False), ({'latitude': NAN}, False),
    ({'longitude': math.inf}, False), ({'latitude': 91.0}, False), ({'altitude': NAN}, True),
    ({'status': 2}, True), ({'status': -2}, False)])
def test_a_fix_is_valid_when_it_claims_to_be_and_can_be(changes, valid):
    assert fix_conversion.is_valid_fix(fix(**changes)) is valid


def test_a_stated_covariance_is_used_and_an_unknown_one_replaced():
    stated = np.array([4.0, 1.0, 0.0, 1.0, 9.0, 0.0, 0.0, 0.0, 100.0])
    known = fix(position_covariance=stated, position_covariance_type=2)
    assert fix_conversion.fix_covariance(known, 5.0).tolist() == [[4.0, 1.0], [1.0, 9.0]]
    unknown = fix(position_covariance=stated, position_covariance_type=0)
    assert fix_conversion.fix_covariance(unknown, 5.0).tolist() == [[25.0, 0.0], [0.0, 25.0]]


@pytest.mark.parametrize('stated', [
    np.zeros(9), np.full(9, NAN), np.diag([-1.0, 4.0, 1.0]).ravel(),
    np.array([1.0, 5.0, 0.0, 5.0, 1.0, 0.0, 0.0, 0.0, 1.0])])
def test_a_covariance_that_cannot_be_is_replaced(stated):
    message = fix(position_covariance=stated, position_covariance_type=2)
    assert fix_conversion.fix_covariance(message, 2.0).tolist() == [[4.0, 0.0], [0.0, 4.0]]


def test_the_geodetic_form_of_a_pose_leads_back_to_it():
    frame = LocalFrame(48.9, 8.5, 150.0)
    message = fix_conversion.fix_message(
        Pose2(1500.0, -700.0, 1.0), COVARIANCE, 9.0, frame, 'base_link')
    x, y, _ = frame.map_from_geodetic(message.latitude, message.longitude)
    assert (float(x), float(y)) == pytest.approx((1500.0, -700.0), abs=0.01)
    assert message.position_covariance[:2].tolist() == [4.0, 0.5]
    assert message.position_covariance_type == NavSatFix.COVARIANCE_TYPE_KNOWN


def test_the_origin_comes_back():
    frame = LocalFrame(-33.5, 151.25, 12.5)
    back = fix_conversion.frame_from_origin(fix_conversion.origin_message(frame, 1.0, 'map'))
    assert (back.latitude_deg, back.longitude_deg, back.altitude_m) == (-33.5, 151.25, 12.5)
