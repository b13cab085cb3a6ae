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

"""Frames are picked by their stamps."""

import numpy as np
import pytest

from xview_loc.ros.rate_limiter import RateLimiter


def taken(limiter, stamps):
    """Return the stamps that are due."""
    return [stamp for stamp in stamps if limiter.take(stamp)]


def test_a_camera_at_the_limit_is_not_thinned_despite_jitter():
    random = np.random.default_rng(0)
    stamps = 100.0 + 0.1 * np.arange(50) + random.uniform(-0.008, 0.008, 50)
    assert len(taken(RateLimiter(10.0), stamps)) >= 49


@pytest.mark.parametrize('camera_hz', [12.0, 15.0, 25.0, 30.0, 60.0])
def test_a_faster_camera_is_thinned_to_the_limit_on_average(camera_hz):
    stamps = 50.0 + np.arange(int(20 * camera_hz)) / camera_hz
    assert len(taken(RateLimiter(10.0), stamps)) == pytest.approx(200, abs=6)


def test_a_slower_camera_is_not_thinned():
    stamps = list(7.0 + 0.5 * np.arange(10))
    assert taken(RateLimiter(10.0), stamps) == stamps


def test_after_a_gap_frames_do_not_come_in_a_burst():
    stamps = [0.0, 0.1, 5.0, 5.03, 5.06, 5.1]
    assert taken(RateLimiter(10.0), stamps) == [0.0, 0.1, 5.0, 5.1]


def test_a_frame_from_before_is_due_because_time_went_back():
    limiter = RateLimiter(10.0)
    assert taken(limiter, [100.0, 100.1, 20.0, 20.1]) == [100.0, 100.1, 20.0, 20.1]


def test_reset_makes_the_next_frame_due():
    limiter = RateLimiter(1.0)
    assert limiter.take(3.0)
    assert not limiter.take(3.2)
    limiter.reset()
    assert limiter.take(3.3)
