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

"""Frames and odometry of a made-up drive, for tests."""

import numpy as np

from xview_loc.camera.frame_window import Frame
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pinhole_camera import PinholeCamera
from xview_loc.geometry.pose2 import Pose2
from xview_loc.geometry.pose_buffer import PoseBuffer

CAMERA = MountedCamera(PinholeCamera(20.0, 20.0, 7.5, 5.5, 12, 16),
                       camera_mounting(1.0, 0.0, 1.5))
SPEED = 10.0


def frame_at(stamp: float) -> Frame:
    """Return a black frame."""
    return Frame(np.zeros((12, 16, 3), np.uint8), stamp, CAMERA)


def straight_odometry(first: float, last: float) -> PoseBuffer:
    """Return poses at 20 Hz of a vehicle that drives east with 10 m/s."""
    buffer = PoseBuffer()
    for stamp in np.arange(first, last + 1e-9, 0.05):
        buffer.add(float(stamp), Pose2(SPEED * float(stamp), 3.0, 0.0))
    return buffer
