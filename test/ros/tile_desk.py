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

"""A tile manager whose jobs are collected, and windows to hand in."""

import numpy as np
from ros_bench import overrides
import small_world

from xview_loc.camera.frame_window import Frame, FrameWindow
from xview_loc.geometry.equirectangular_camera import EquirectangularCamera
from xview_loc.geometry.extrinsics import camera_mounting
from xview_loc.geometry.mounted_camera import MountedCamera
from xview_loc.geometry.pose_buffer import PoseBuffer
from xview_loc.ros.handover import Handover, PatchNeeds
from xview_loc.ros.tile_manager import TileManager

HERE = small_world.START


def window(stamp):
    """Return a window of one tiny frame."""
    camera = MountedCamera(EquirectangularCamera(4, 8), camera_mounting(0.0, 0.0, 2.0))
    return FrameWindow((Frame(np.zeros((4, 8, 3), np.uint8), stamp, camera),))


class Desk:
    """A tile manager whose jobs are collected."""

    def __init__(self, bench, imagery, **parameters):
        self.bench = bench
        self.jobs = []
        self.prepared = []
        self.odometry = PoseBuffer()
        self.handover = Handover(
            take_job=self.jobs.append, prepare=self.prepared.append,
            needs=PatchNeeds(0.5, 20.0))
        values = {'imagery': str(imagery), 'map_origin': list(small_world.DATUM),
                  'display__radius': 0.0, **parameters}
        self.node = bench.add(TileManager(
            self.handover, parameter_overrides=overrides(**values)))

    def ask(self, stamp):
        """Hand a window in."""
        if self.handover.take_window is not None:
            self.handover.take_window(window(stamp), self.odometry)

    def until_job(self, stamp):
        """Ask until a job comes and return it."""
        self.jobs.clear()
        self.bench.until(lambda: self.jobs, 'a job', meanwhile=lambda: self.ask(stamp))
        return self.jobs[0]

    def tell(self, pose, stamp, **changes):
        """Publish a pose of the filter and wait until it is known."""
        self.bench.publish('search_prior', small_world.pose(pose, stamp, **changes))
        self.bench.spin(0.05)
