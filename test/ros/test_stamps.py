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

"""Stamps survive the way to seconds and back."""

from builtin_interfaces.msg import Time
import pytest

from xview_loc.ros.stamps import seconds, time_message


@pytest.mark.parametrize('stamp', [
    Time(sec=0, nanosec=0), Time(sec=0, nanosec=1), Time(sec=12, nanosec=999_999_999),
    Time(sec=1_700_000_000, nanosec=123_456_789)])
def test_a_stamp_comes_back_within_a_microsecond(stamp):
    back = time_message(seconds(stamp))
    assert abs((back.sec - stamp.sec) * 10 ** 9 + back.nanosec - stamp.nanosec) < 1000


def test_nanoseconds_never_reach_a_full_second():
    back = time_message(5.0 - 1e-12)
    assert (back.sec, back.nanosec) == (5, 0)
