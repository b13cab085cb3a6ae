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

"""Frames and windows refuse what does not fit together."""

import math

import numpy as np
import pytest
from recorded_drive import CAMERA, frame_at

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.errors import CameraError


def test_the_window_is_that_of_its_newest_frame():
    newest = frame_at(2.0)

    window = FrameWindow((newest, frame_at(1.5), frame_at(1.5)))

    assert window.newest is newest and window.stamp == 2.0


@pytest.mark.parametrize('stamps', [(), (1.0, 2.0), (3.0, 1.0, 2.0)])
def test_windows_that_are_empty_or_out_of_order_are_refused(stamps):
    with pytest.raises(CameraError):
        FrameWindow(tuple(frame_at(stamp) for stamp in stamps))


@pytest.mark.parametrize('image, match', [
    (np.zeros((12, 16), np.uint8), r'\(H, W, 3\)'),
    (np.zeros((12, 16, 4), np.uint8), r'\(H, W, 3\)'),
    (np.zeros((12, 16, 3), np.float32), 'float32'),
    (np.zeros((16, 12, 3), np.uint8), 'scale the model')])
def test_images_that_do_not_fit_their_camera_are_refused_in_a_sentence(image, match):
    with pytest.raises(CameraError, match=match):
        Frame(image, 0.0, CAMERA)


def test_the_pixels_of_a_frame_cannot_be_changed():
    frame = frame_at(math.pi)

    with pytest.raises(ValueError):
        frame.image[0, 0, 0] = 1
