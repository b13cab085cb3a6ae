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

"""Evenly spaced frames of one camera."""

import math

from landmark_world import bearing, landmark_frame
import numpy as np
import pytest

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.errors import MatchingError
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.frame_sequence import frame_sequence

CAMERA = PinholeCamera(40.0, 40.0, 31.5, 15.5, 32, 64)


def window(*stamps, yaws=(0.0,)):
    return FrameWindow(tuple(
        landmark_frame(CAMERA, bearing(0.0), stamp=stamp, yaw=yaw)
        for stamp in stamps for yaw in yaws))


def stamps(frames):
    return [frame.stamp for frame in frames]


def test_frames_nearest_to_the_spacing_are_taken() -> None:
    frames = window(9.0, 8.93, 8.72, 8.55, 8.4, 8.31, 8.12, 8.0)
    assert stamps(frame_sequence(frames, 4, 0.3)) == [9.0, 8.72, 8.4, 8.12]
    assert stamps(frame_sequence(frames, 1, 0.0)) == [9.0]


def test_the_camera_that_looks_ahead_is_taken_throughout() -> None:
    frames = window(9.0, 8.7, 8.4, yaws=(math.pi, 0.1, -1.5))
    chosen = frame_sequence(frames, 3, 0.3)
    assert stamps(chosen) == [9.0, 8.7, 8.4]
    for frame in chosen:
        assert np.allclose(frame.camera.base_from_camera[:2, 2], [math.cos(0.1), math.sin(0.1)])


@pytest.mark.parametrize(('times', 'held'), [
    ((9.0,), 1), ((9.0, 8.7, 8.4), 3), ((9.0, 8.4, 8.1), 1), ((9.0, 8.86, 8.84), 2)])
def test_missing_frames_are_named(times, held) -> None:
    with pytest.raises(MatchingError, match=f'holds {held} of the 4 frames'):
        frame_sequence(window(*times), 4, 0.3)
