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

"""Where a camera is and looks for each yaw of the vehicle."""

from bright_world import looking
import numpy as np
from plain_sessions import PANORAMA
import pytest

from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.matching.encoded_view import camera_offsets, encoded_view
from xview_loc.matching.ground_view import ground_view
from xview_loc.matching.model_records import GroundInput


def test_a_lever_arm_turns_with_the_vehicle() -> None:
    offsets = camera_offsets((2.0, 0.5), np.radians([0.0, 90.0, 180.0]))
    np.testing.assert_allclose(offsets, [[2.0, 0.5], [-0.5, 2.0], [-2.0, -0.5]], atol=1e-12)


def test_a_panorama_looks_ahead_and_a_pinhole_view_where_its_camera_does() -> None:
    yaws = np.array([0.0, 1.0])
    side = looking(40.0, PinholeCamera(220.0, 220.0, 159.5, 79.5, 160, 320), yaw=0.7, x=1.0)
    pinhole = encoded_view({}, ground_view(side, GroundInput('pinhole', (32, 64), 70.0)), yaws)
    assert pinhole.looks == pytest.approx([0.7, 1.7])
    np.testing.assert_allclose(pinhole.offsets[0], [1.0, 0.0], atol=1e-9)
    panorama = encoded_view({}, ground_view(side, PANORAMA), yaws)
    assert panorama.looks == pytest.approx([0.0, 1.0])
