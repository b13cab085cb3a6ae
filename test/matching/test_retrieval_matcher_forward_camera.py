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

"""The retrieval matcher makes something of a camera that sees ahead only."""

import numpy as np
import pytest
from retrieval_scene import at, matcher_of, part, PATCH, TRUTH
from synthetic_scene import OPTICAL_AXES, rendered_frame

from xview_loc.camera.frame_window import FrameWindow
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2


def forward_window(pose: Pose2) -> FrameWindow:
    """Return what a level camera of 90 degrees sees ahead."""
    mounting = np.eye(4)
    mounting[:3, :3] = OPTICAL_AXES
    mounting[2, 3] = 2.0
    camera = MountedCamera(PinholeCamera(320.0, 320.0, 319.5, 179.5, 360, 640), mounting)
    return FrameWindow((rendered_frame(PATCH, pose, camera),))


@pytest.mark.parametrize('family', ['safa', 'oricnn'])
def test_a_forward_camera_tells_a_panorama_model_something(tmp_path, family) -> None:
    """A quarter of the directions does not single out a cell, but turned it says nothing."""
    matcher, _ = matcher_of(tmp_path, family)
    features = matcher.prepare(part(100.0, -40.0, 100.0))
    random = np.random.default_rng(0)
    below = []
    for _ in range(8):
        pose = Pose2(*(np.array([100.0, -40.0]) + 2.0 * random.integers(-4, 5, 2)),
                     random.uniform(-3.0, 3.0))
        found = matcher.match(forward_window(pose), features, at(pose, 12.0, 0.3))
        value = found.at(*(np.array([number]) for number in pose.as_array()))
        below.append(np.mean(found.log_likelihood.max(axis=0) < value))
    assert np.mean(below) > 0.75


def test_an_invariant_forward_camera_is_the_same_in_every_yaw(tmp_path) -> None:
    matcher, sessions = matcher_of(tmp_path, projection='pinhole', heading='invariant')
    features = matcher.prepare(part(100.0, -40.0))
    found = matcher.match(forward_window(TRUTH), features, at(TRUTH))
    assert sessions.images['ground'] == 1 and len(found.yaws) == 8
    np.testing.assert_array_equal(
        found.log_likelihood, np.broadcast_to(found.log_likelihood[0], found.log_likelihood.shape))
