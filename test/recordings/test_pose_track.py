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

"""Tracks of true poses."""

import math

import numpy as np
import pytest

from xview_loc.errors import RecordingError
from xview_loc.recordings.pose_track import PoseTrack


def turning():
    """Return two poses a second apart, across the seam of yaw."""
    return PoseTrack(np.array([10**9, 2 * 10**9]), np.array([
        [0.0, 0.0, 1.0, 0.1, -0.2, math.pi - 0.1], [2.0, 4.0, 2.0, 0.2, -0.1, -math.pi + 0.3]]))


def test_every_axis_is_interpolated():
    half = turning().at(np.array([1_500_000_000])).values[0]
    assert half[:5] == pytest.approx((1.0, 2.0, 1.5, 0.15, -0.15))
    assert math.cos(half[5] - (math.pi + 0.1)) == pytest.approx(1.0)


def test_ends_are_held_outside():
    held = turning().at(np.array([0, 3 * 10**9])).values
    assert held[0, :3].tolist() == [0.0, 0.0, 1.0]
    assert held[1, :3].tolist() == [2.0, 4.0, 2.0]


@pytest.mark.parametrize('stamps, values', [
    ([], np.zeros((0, 6))), ([1, 2], np.zeros((2, 3))), ([1, 1], np.zeros((2, 6))),
    ([1, 2], np.full((2, 6), np.nan))])
def test_impossible_tracks_are_refused(stamps, values):
    with pytest.raises(RecordingError, match='track'):
        PoseTrack(np.array(stamps, dtype=np.int64), values)
