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

"""Evenly spaced frames of one camera out of a window."""

from __future__ import annotations

import numpy as np

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.camera.level_view import axis_yaw
from xview_loc.errors import MatchingError
from xview_loc.matching.ground_view import newest_instant


def frame_sequence(window: FrameWindow, length: int, spacing_s: float) -> list[Frame]:
    """
    Return the frames of the camera that looks ahead most nearly, closest to a spacing.

    :param window: of one camera or several.
    :param length: frames wanted.
    :param spacing_s: time between them; a frame may be half of it off [s].
    :return: newest first, all different.
    :raises MatchingError: when the window does not reach back far enough or has gaps.
    """
    newest = min(newest_instant(window), key=lambda frame: abs(axis_yaw(frame)))
    same = [frame for frame in window.frames if np.array_equal(
        frame.camera.base_from_camera, newest.camera.base_from_camera)]
    chosen = [newest]
    for index in range(1, length):
        wanted = newest.stamp - index * spacing_s
        later = [frame for frame in same if frame.stamp < chosen[-1].stamp
                 and abs(frame.stamp - wanted) <= 0.5 * spacing_s + 1e-9]
        if not later:
            raise MatchingError(
                f'The window holds {len(chosen)} of the {length} frames, {spacing_s:g} s apart, '
                'that the model takes at once: wait for more, or check window.size, window.stride '
                'and the odometry.')
        chosen.append(min(later, key=lambda frame: abs(frame.stamp - wanted)))
    return chosen
