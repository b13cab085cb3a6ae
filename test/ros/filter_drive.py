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

"""A drive at the level of measurements, played into a particle filter node."""

from __future__ import annotations

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
from ros_bench import overrides
from rosgraph_msgs.msg import Clock
import small_world
from std_msgs.msg import String

from xview_loc.geometry.patch_geometry import PatchGeometry
from xview_loc.matching.pose_likelihood import PoseLikelihood
from xview_loc.ros.conversions import pose2_from_pose
from xview_loc.ros.heatmap_conversion import heatmap_message
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.qos import HEATMAP, LATCHED
from xview_loc.ros.stamps import seconds, time_message

T0 = 1000.0


def likelihood_at(pose, stamp, sigma=0.3, centre=None, cells=25):
    """Return a likelihood with one peak, in the middle of the patch unless told otherwise."""
    centre = pose if centre is None else centre
    geometry = PatchGeometry(centre.x, centre.y, 0.5, cells, cells)
    x, y = geometry.cell_centres()
    yaws = pose.yaw + np.radians(np.arange(-6.0, 7.0))
    distance = ((x - pose.x) ** 2 + (y - pose.y) ** 2) / sigma ** 2
    turn = ((yaws - pose.yaw) / 0.03) ** 2
    volume = -0.5 * (distance[None] + turn[:, None, None])
    return PoseLikelihood(volume.astype(np.float32), geometry, yaws, stamp, 0.8, 0.9, 'test')


class Drive:
    """Plays a drive into a filter node on simulated time."""

    def __init__(self, bench, handover=None, **parameters):
        self.bench = bench
        self.now = T0
        self.start = T0
        values = {'use_sim_time': True, 'particle_count__minimum': 200,
                  'particle_count__maximum': 1000, **parameters}
        self.node = bench.add(ParticleFilterNode(
            handover, parameter_overrides=overrides(**values)))
        self.poses = bench.collect(PoseWithCovarianceStamped, 'pose')
        self.health = bench.collect(String, 'particle_filter/health', LATCHED)
        self.handover = handover
        self.fix_sigma = 1.0
        self.steps = 0

    @property
    def truth(self):
        """Return the pose now."""
        return small_world.truth_at(self.now, self.start)

    def likelihood(self):
        """Return what a matcher makes of the view from the true pose."""
        return likelihood_at(self.truth, self.now)

    def step(self, fixes=True, heatmaps=True):
        """Advance by 50 ms and publish what the sensors see."""
        self.now += 0.05
        self.steps += 1
        self.bench.publish('/clock', Clock(clock=time_message(self.now)))
        self.bench.publish('odometry/filtered', small_world.odometry(self.truth, self.now))
        if fixes and self.steps % 4 == 0:
            self.bench.publish('fix', small_world.fix(self.truth, self.now, self.fix_sigma))
        if heatmaps and self.steps % 4 == 2:
            likelihood = self.likelihood()
            if self.handover is not None:
                self.handover.take_likelihood(likelihood)
            else:
                self.bench.publish('heatmap', heatmap_message(likelihood, 'map'), HEATMAP)
        for _ in range(12):
            self.bench.executor.spin_once(timeout_sec=0.001)

    def run(self, seconds_of_drive, **what):
        """Drive for a while."""
        end = self.now + seconds_of_drive
        while self.now < end:
            self.step(**what)

    def until(self, condition, what, **sensors):
        """Drive until something holds."""
        self.bench.until(condition, what, meanwhile=lambda: self.step(**sensors))

    def errors(self):
        """Return how far each published pose was from the truth at its stamp."""
        return [pose2_from_pose(message.pose.pose).distance_to(
            small_world.truth_at(seconds(message.header.stamp), self.start))
            for message in self.poses]
