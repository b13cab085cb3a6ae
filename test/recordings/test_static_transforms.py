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

"""Joining the static transforms of a bag."""

import numpy as np
import pytest
from small_bag import BASE_FROM_CAMERA, write_small_bag

from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.static_transforms import camera_mounting_in, image_frame, joined


def test_the_mounting_goes_over_the_mast(tmp_path):
    with BagReader(write_small_bag(tmp_path / 'bag', 0.5)) as reader:
        frame = image_frame(reader, '/image/compressed')
        assert frame == 'camera_optical_frame'
        assert camera_mounting_in(reader, frame) == pytest.approx(BASE_FROM_CAMERA, abs=1e-9)
        assert camera_mounting_in(reader, 'another_frame') is None


def test_frames_are_joined_over_a_common_ancestor():
    left, up = np.eye(4), np.eye(4)
    left[1, 3], up[2, 3] = 2.0, 3.0
    parents = {'base_link': ('body', left), 'camera': ('body', up)}
    expected = np.eye(4)
    expected[:3, 3] = (0.0, -2.0, 3.0)
    assert joined(parents, 'base_link', 'camera') == pytest.approx(expected)
    assert joined(parents, 'base_link', 'elsewhere') is None
    assert joined(parents, 'camera', 'camera') == pytest.approx(np.eye(4))


def test_a_loop_of_frames_ends():
    loop = {'a': ('b', np.eye(4)), 'b': ('a', np.eye(4))}
    assert joined(loop, 'base_link', 'a') is None
