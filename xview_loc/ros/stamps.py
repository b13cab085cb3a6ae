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

"""Stamps between messages and seconds."""

from __future__ import annotations

from builtin_interfaces.msg import Time

_NANO = 1_000_000_000


def seconds(stamp: Time) -> float:
    """
    Return a message stamp in seconds.

    Float64 resolves today's epoch to 0.24 microseconds: 4 micrometres at 15 m/s.
    """
    return stamp.sec + stamp.nanosec * 1e-9


def time_message(stamp: float) -> Time:
    """
    Return the message of a stamp.

    :param stamp: time [s], not negative and below 2^31.
    """
    whole = int(stamp // 1.0)
    nanoseconds = round((stamp - whole) * _NANO)
    if nanoseconds >= _NANO:
        whole, nanoseconds = whole + 1, nanoseconds - _NANO
    return Time(sec=whole, nanosec=nanoseconds)
