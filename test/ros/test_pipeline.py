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

"""Images, fixes and odometry of a small world become a right pose through all four nodes."""

from geometry_msgs.msg import PoseWithCovarianceStamped
import numpy as np
import pytest
from ros_bench import overrides
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import PointCloud2
import small_world

from xview_loc.ros.conversions import pose2_from_pose
from xview_loc.ros.handover import Handover
from xview_loc.ros.heatmap_conversion import MAX_BYTES
from xview_loc.ros.image_batcher import ImageBatcher
from xview_loc.ros.matcher_node import MatcherNode
from xview_loc.ros.particle_filter_node import ParticleFilterNode
from xview_loc.ros.qos import HEATMAP
from xview_loc.ros.stamps import seconds, time_message
from xview_loc.ros.tile_manager import TileManager

pytestmark = pytest.mark.ros
T0 = 500.0
BIAS = (1.5, -1.0)


class Vehicle:
    """Drives through the small world and publishes its sensors on simulated time."""

    def __init__(self, bench, tiles, composed):
        self.bench = bench
        self.now = T0
        self.blind = False
        perception = Handover()
        clock = {'use_sim_time': True}
        self.filter = bench.add(ParticleFilterNode(
            perception if composed else None, parameter_overrides=overrides(
                particle_count__minimum=300, particle_count__maximum=2000,
                gnss__offset_std=2.0, **clock)))
        self.tiles = bench.add(TileManager(perception, parameter_overrides=overrides(
            imagery=str(tiles), display__radius=0.0, **clock)))
        self.matcher = bench.add(MatcherNode(perception, parameter_overrides=overrides(**clock)))
        self.batcher = bench.add(ImageBatcher(perception, parameter_overrides=overrides(
            image_transport='compressed', camera__projection='equirectangular',
            camera__z=small_world.CAMERA_HEIGHT, match_rate=5.0, **clock)))
        self.poses = bench.collect(PoseWithCovarianceStamped, 'pose')

    def sense(self, step):
        """Publish what the sensors see, 20 Hz odometry, 5 Hz images and fixes."""
        truth = small_world.truth_at(self.now, T0)
        self.bench.publish('/clock', Clock(clock=time_message(self.now)))
        self.bench.publish('imu', small_world.imu(self.now))
        self.bench.publish('odometry/filtered', small_world.odometry(truth, self.now))
        if step % 4 == 0:
            fix = small_world.fix(
                truth.__class__(truth.x + BIAS[0], truth.y + BIAS[1], truth.yaw), self.now)
            self.bench.publish('fix', fix)
        if step % 4 == 1:
            pixels = small_world.panorama(truth)
            if self.blind:
                pixels = np.zeros_like(pixels)
            self.bench.publish('image/compressed',
                               small_world.compressed_image(pixels, self.now))

    def drive(self, duration):
        """Drive for a while; the matcher may finish each image before the next."""
        for step in range(round(duration / 0.05)):
            self.now += 0.05
            self.sense(step)
            for _ in range(10):
                self.bench.executor.spin_once(timeout_sec=0.001)
            self.bench.until(lambda: self.matcher.idle and self.tiles.idle, 'idle workers')

    def errors(self):
        """Return how far each published pose was from the truth at its stamp."""
        origin = self.filter.map_frame
        assert origin is not None
        shift = small_world.FRAME.map_from_geodetic(origin.latitude_deg, origin.longitude_deg)
        return [np.hypot(
            message.pose.pose.position.x + float(shift[0]) - truth.x,
            message.pose.pose.position.y + float(shift[1]) - truth.y)
            for message in self.poses
            for truth in [small_world.truth_at(seconds(message.header.stamp), T0)]]


@pytest.mark.parametrize('composed', [False, True])
def test_the_pose_is_better_than_gnss_and_comes_from_the_camera(bench, tiles, composed):
    heatmaps = bench.collect(PointCloud2, 'heatmap', HEATMAP)
    vehicle = Vehicle(bench, tiles, composed)
    vehicle.drive(6.0)
    errors = vehicle.errors()
    assert len(errors) > 20
    assert np.median(errors[len(errors) // 2:]) < 0.5 * np.hypot(*BIAS)
    assert bench.value('matcher: inference', 'failures') == '0'
    assert int(bench.value('particle_filter: inputs', 'heatmap')) > 15
    assert len(heatmaps) > 12
    assert max(len(message.data) for message in heatmaps) <= MAX_BYTES


def test_black_images_leave_the_pose_to_gnss_and_are_never_called_converged(bench, tiles):
    vehicle = Vehicle(bench, tiles, composed=True)
    vehicle.blind = True
    vehicle.drive(4.0)
    assert len(vehicle.errors()) > 10
    assert np.median(vehicle.errors()[-10:]) < 5.0
    bench.until(lambda: 'particle_filter: consistency' in bench.diagnostics, 'a report')
    assert bench.value('particle_filter: consistency', 'health') != 'converged'


def test_the_published_yaw_is_that_of_the_vehicle(bench, tiles):
    vehicle = Vehicle(bench, tiles, composed=True)
    vehicle.drive(4.0)
    last = vehicle.poses[-1]
    truth = small_world.truth_at(seconds(last.header.stamp), T0)
    turn = pose2_from_pose(last.pose.pose).yaw - truth.yaw
    assert abs((turn + np.pi) % (2.0 * np.pi) - np.pi) < 0.05
